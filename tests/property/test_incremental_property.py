"""The incremental ways through dbt, on hundreds of keys at once: after every run each table is the oracle's (P1, P3).

Rows are put straight into bronze and the load log, in any split into runs; every key is an example of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

import duckdb
import pyarrow as pa
from delivered_rows import account, delivery
from effort import effort
from held import differences
from history_cases import COLUMNS, ICON_HEALTH, Case, Sent, World, case, with_withdrawals
from history_oracle import Delivery
from hypothesis import example, given
from hypothesis import strategies as st

from healthcare_elt.pipeline.home import Home
from healthcare_elt.transform import build

FIRST_DAY = date(2026, 1, 2)
NOW = datetime(2026, 2, 1, tzinfo=UTC)
LARGE = World(things=240, rows=240)
EQUAL_ROW_ARRIVES_LATER = Case(
    [
        Sent("icon_health.adverse_events", 0, (("E1",),)),
        Sent("icon_health.adverse_events", 0, (("E2",), ("E1",))),
    ],
    [[0], [1]],
)
"""The fact is the same and yet comes from another row; once it kept the first."""


def _case(seed: int) -> Case:
    random = Random(seed)
    return with_withdrawals(case(random, ICON_HEALTH, LARGE, most_cuts=3), random)


cases = st.integers(0, 2**32 - 1).map(_case)
MODELS = [
    *(f"{name.replace('.', '__')}_rows" for name in ICON_HEALTH),
    "network_versions", "employer_network", "provider_history", "patient_history", "dim_employer",
    "fct_encounter", "fct_adverse_event", "fct_referral", "patient_features", "provider_procedure_features",
]  # fmt: skip


def _day(sent: Sent) -> date:
    return FIRST_DAY + timedelta(days=sent.day)


def _put(connection: duckdb.DuckDBPyConnection, sent: Sent, arrival: int) -> None:
    """As the load step leaves it: the rows as text, and the line of the load log."""
    system, table = sent.name.split(".")
    name = f"{sent.name}-{arrival}"
    connection.execute(
        "insert into meta.load_log by name select ? as delivery_id, ? as system, ? as table_name, "
        "cast(? as date) as delivery_date, ? as arrival, '' as delivers, '' as landing_key, '' as sha256, '' as name, "
        "0 as bytes, 0 as modified_ns, '' as details, ? as rows, 0 as rejects, '' as run_id, "
        "cast(? as timestamp) as loaded_at",
        [name, system, table, _day(sent), arrival, len(sent.rows), NOW],
    )
    columns = dict(zip(COLUMNS[sent.name], zip(*sent.rows, strict=True), strict=False))
    own = {"_delivery_id": [name] * len(sent.rows), "_row_number": range(1, len(sent.rows) + 1)}
    rows = pa.table({column: pa.array(list(cells)) for column, cells in (columns | own).items()})  # noqa: F841 DuckDB reads it
    connection.execute(
        f"insert into bronze.{system}__{table} by name "
        "select *, cast(? as date) as _delivery_date, ? as _arrival from rows",
        [_day(sent), arrival],
    )


def _withdraw(connection: duckdb.DuckDBPyConnection, sent: Sent, arrival: int) -> None:
    connection.execute(
        "update meta.load_log set withdrawn_at = now() where delivery_id = ?", [f"{sent.name}-{arrival}"]
    )


def _build(home: Home) -> None:
    statuses = {result.status for result in build(home.settings, select=MODELS, exclude=["resource_type:test"])}
    assert statuses == {"success"}


@effort(2, 2, shrinks=False)
@example(tried_case=EQUAL_ROW_ARRIVES_LATER)
@given(tried_case=cases)
def test_every_run_leaves_what_the_oracle_says_of_all_keys(
    built_home: Callable[[], Home], tried: Callable[[], None], tried_case: Case
) -> None:
    home = built_home()
    contracts = {contract.name: contract for contract in home.contracts}
    present: dict[int, Delivery] = {}
    for run, batch in enumerate(tried_case.batches):
        withdrawn = tried_case.withdrawn.get(run, [])
        with duckdb.connect(str(home.settings.warehouse)) as connection:
            for number in batch:
                sent = tried_case.sent[number]
                _put(connection, sent, number)
                present[number] = delivery(sent, _day(sent), number)
            for number in withdrawn:
                _withdraw(connection, tried_case.sent[number], number)
                del present[number]
        _build(home)
        names = {number: tried_case.sent[number].name for number in present}
        expected = {
            name: account(contracts[name], [each for number, each in present.items() if names[number] == name])
            for name in ICON_HEALTH
        }
        assert differences(home, contracts, expected) == {}
    tried()
