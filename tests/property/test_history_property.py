"""Any set of deliveries, in any order and in any batches, gives the tables that all at once give (P1, P3).

Each dbt build costs seconds, so few examples run by default; HYPOTHESIS_PROFILE=soak tries many.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from history_cases import COLUMNS, Case, Sent, case
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from plain_account import account

from healthcare_elt.landing import Delivery
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.transform import transform

settings.register_profile("quick", max_examples=4, derandomize=True)
settings.register_profile("soak", max_examples=200)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

FIRST_DAY = date(2026, 1, 2)
EQUAL_ROW_ARRIVES_LATER = Case(
    [Sent("adverse_events", 0, (("E1",),)), Sent("adverse_events", 0, (("E2",), ("E1",)))], [[0], [1]]
)
"""The fact is the same and yet comes from another row; once it kept the first."""
# Each example costs seconds, so none is spent on the nearly empty ones that Hypothesis would begin with.
cases = st.integers(0, 2**32 - 1).map(lambda seed: case(Random(seed)))


def _write(home: Home, sent: list[Sent]) -> None:
    """Arrival follows the modification time."""
    for number, each in enumerate(sent):
        day = FIRST_DAY + timedelta(days=each.day)
        path = home.settings.inbox / "icon_health" / f"arrival-{number:02}" / f"{each.table}_{day}.csv"
        path.parent.mkdir(parents=True)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([COLUMNS[each.table], *each.rows])
        path.write_text(text.getvalue(), newline="")
        os.utime(path, (1_767_000_000 + number,) * 2)


def _load(home: Home, deliveries: Iterable[Delivery]) -> None:
    wanted = list(deliveries)
    with home.lock(), home.warehouse() as warehouse:
        warehouse.prepare(home.contracts)
        for contract in home.contracts:
            mine = [d for d in wanted if f"{d.system}.{d.table}" == contract.name]
            outcomes = warehouse.load(contract, mine, home.zone, run_id="run", now=datetime.now(UTC))
            assert len(list(outcomes)) == len(mine)


def _transform(home: Home) -> None:
    assert {result.status for result in transform(home, run_id="run")} <= {"success", "pass"}


def _batches(tried: Case, landed: dict[str, Delivery]) -> Iterator[list[Delivery]]:
    """What of each batch has landed: a file that repeats another, or is rejected, has not."""
    for batch in tried.batches:
        names = [f"arrival-{number:02}" for number in batch]
        if found := [landed[name] for name in names if name in landed]:
            yield found


@settings(
    PROFILE,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@example(tried=EQUAL_ROW_ARRIVES_LATER)
@given(tried=cases)
def test_any_order_in_any_batches_gives_what_all_at_once_gives(
    emptied_home: Callable[..., Home], contents: Callable[..., dict[str, list[str]]], tried: Case
) -> None:
    home = emptied_home()
    _write(home, tried.sent)
    report = land_deliveries(home, run_id="run")
    landed = {outcome.delivery.name.split("/")[0]: outcome.delivery for outcome in report.landed}

    for batch in _batches(tried, landed):
        _load(home, batch)
        _transform(home)
    in_batches = contents(home)

    home.settings.warehouse.unlink()
    _load(home, landed.values())
    _transform(home)
    assert contents(home) == in_batches
    _assert_classes_are_as_accounted(home, landed, tried)


def _assert_classes_are_as_accounted(home: Home, landed: dict[str, Delivery], tried: Case) -> None:
    with home.warehouse(read_only=True) as warehouse:
        for contract in home.contracts:
            mine = sorted(
                (d for d in landed.values() if d.table == contract.table), key=lambda d: (d.delivery_date, d.arrival)
            )
            sent = {d.delivery_id: tried.sent[int(d.name.split("/")[0].removeprefix("arrival-"))] for d in mine}
            rows = [[dict(zip(COLUMNS[d.table], row, strict=True)) for row in sent[d.delivery_id].rows] for d in mine]
            expected = account(contract, list(zip(mine, rows, strict=True)))
            found = warehouse.rows(f"select * from silver.{contract.relation}_rows")
            bronze_rows = [row for row in found if row["_class"] != "tombstone"]
            key = [*contract.key]
            assert {(row["_delivery_id"], row["_row_number"]): row["_class"] for row in bronze_rows} == expected.classes
            assert len(bronze_rows) == len(expected.classes)
            assert {
                (*(row[name] for name in key), row["_effective_at"].date())
                for row in found
                if row["_class"] == "tombstone"
            } == expected.tombstones
            current = warehouse.rows(f"select {', '.join(key)} from silver.{contract.relation}_current")
            assert sorted(tuple(row.values()) for row in current) == sorted(expected.current)
