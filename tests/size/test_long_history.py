"""A new delivery costs the same work whether ten deliveries came before it or ten thousand (by default a thousand).

Work is counted, in events that are told in full, statements and rows; the time of each step is printed.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager

import duckdb
import pytest
from written import remember, write_encounter

from healthcare_elt.ledger import ledger as ledger_module
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import MOST_SEGMENTS, transform
from healthcare_elt.warehouse import DuckDBWarehouse

SHORT = 10
LONG = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 1_000
STEPS: dict[str, Callable] = {
    "pending": pending,
    "land": lambda home: land_deliveries(home, run_id="new"),
    "load": lambda home: load_deliveries(home, run_id="new"),
    "transform": lambda home: list(transform(home, run_id="new")),
}
FEEDS = "select table_name from duckdb_tables() where schema_name = 'meta' and table_name like 'changes__%'"


@contextmanager
def _counted(monkeypatch: pytest.MonkeyPatch):
    """Events told in full and statements of ours, by step."""
    work: Counter[str] = Counter()

    def told(table):
        work["events"] += table.num_rows
        return from_table(table)

    def rows(warehouse, *arguments):
        work["statements"] += 1
        return ask(warehouse, *arguments)

    from_table, ask = ledger_module.from_table, DuckDBWarehouse.rows
    with monkeypatch.context() as patched:
        patched.setattr(ledger_module, "from_table", told)
        patched.setattr(DuckDBWarehouse, "rows", rows)
        yield work


def _new_delivery(home, number: int, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, dict[str, int]], list[str]]:
    write_encounter(home, number)
    work, lines = {}, []
    for step, take in STEPS.items():
        started = time.monotonic()
        with _counted(monkeypatch) as counts:
            take(home)
        work[step] = dict(counts)
        lines.append(f"{step} {time.monotonic() - started:.2f} s {dict(counts)}")
    return work, lines


def _feeds(home) -> int:
    with duckdb.connect(str(home.settings.warehouse), read_only=True) as connection:
        tables = connection.execute(FEEDS).fetchall()
        counts = [connection.execute(f"select count(*) from meta.{table}").fetchone() for (table,) in tables]
        unfinished = "select count(*) from meta.change_batches where not is_full"
        return sum(count for (count,) in [*counts, connection.execute(unfinished).fetchone()])


@pytest.fixture
def with_history(emptied_home):
    def make(count: int):
        made = emptied_home()
        remember(made, count)
        list(transform(made, run_id="past"))
        return made

    return make


def test_a_new_delivery_costs_no_more_after_ten_thousand_than_after_ten(
    with_history, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    for count in (SHORT, LONG):
        made = with_history(count)
        found[count], lines = _new_delivery(made, 1, monkeypatch)
        print(f"\n{count:,} deliveries before: {'; '.join(lines)}")
        assert found[count]["land"] == {}
        assert _feeds(made) == 0
        assert len(list(made.settings.ledger.glob("*.parquet"))) <= MOST_SEGMENTS
    assert found[LONG] == found[SHORT]
