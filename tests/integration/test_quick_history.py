"""What a command spares of Dagster's work for its history changes nothing of what the history tells."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import date, timedelta
from pathlib import Path

import pytest
from dagster import AssetKey
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import Engine, event

from healthcare_elt.orchestration import dagster_instance, run_daily_elt
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import pending

FIRST = date(2026, 1, 2)
LAYERS = 'key:"landing/icon_health/patients" or key:"bronze/icon_health/patients"'
NUMBERED = "select dagster_event_type, asset_key, partition, step_key from event_logs order by id"
MATERIALIZED = "select asset_key, partition from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"


def run(home: Home, *days: int) -> None:
    """Deliver patients on these days after the first, and land and load them in one run."""
    folder = home.settings.inbox / "icon_health"
    folder.mkdir(parents=True, exist_ok=True)
    for day in days:
        rows = f"patient_id,gender,birth_date\nP{day},F,1980-01-01\n"
        (folder / f"patients_{FIRST + timedelta(days=day)}.csv").write_text(rows)
    assert run_daily_elt(home.settings, pending(home), select=LAYERS).success


def rows(file: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def files(home: Home) -> tuple[Path, Path]:
    """Dagster's files of the only run, and of all runs."""
    folder = next((home.settings.home / ".dagster").rglob("index.db")).parent
    (of_run,) = (file for file in folder.glob("*.db") if len(file.stem) == 36)
    return of_run, folder / "index.db"


def told(home: Home) -> dict[str, object]:
    """What the history holds but for numbers and moments."""
    of_run, index = files(home)
    last = {}
    for asset, text in rows(index, "select asset_key, last_materialization from asset_keys"):
        record = json.loads(text) if text else None
        where = f"select asset_key, partition from event_logs where id = {record['storage_id']}" if record else None
        last[asset] = rows(index, where) if where else None
    return {
        "run": rows(of_run, NUMBERED),
        "all runs": rows(index, NUMBERED),
        "last": last,
        "tags": sorted(rows(index, "select asset_key, key from asset_event_tags")),
        "checks": sorted(rows(index, "select asset_key, check_name, execution_status from asset_check_executions")),
    }


@contextmanager
def commits() -> Iterator[list[object]]:
    found: list[object] = []

    def note(connection: object) -> None:
        found.append(connection)

    event.listen(Engine, "commit", note)
    try:
        yield found
    finally:
        event.remove(Engine, "commit", note)


def test_the_history_tells_the_same_as_dagster_would_write_by_itself(home, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = home("quick")
    run(quick, 0, 3)
    slow = home("slow")
    monkeypatch.setattr("healthcare_elt.orchestration.execute.quick_history", nullcontext)
    run(slow, 0, 3)
    assert told(quick) == told(slow)


def test_a_delivery_date_between_costs_no_transaction_of_the_history(home) -> None:
    counted = []
    for name, days in (("near", (0, 1)), ("far", (0, 7))):
        made = home(name)
        with commits() as found:
            run(made, *days)
        counted.append(len(found))
        assert len(rows(files(made)[1], MATERIALIZED)) == 2 * (days[-1] + 1)
    assert counted[0] == counted[1]


def test_events_that_could_not_be_stored_together_are_stored_once_and_one_by_one(
    home, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = SqliteEventLogStorage._store_asset_event_tags

    def fails_for_many(storage: SqliteEventLogStorage, connection: object, events: Collection, ids: object) -> None:
        if len(events) > 1:
            raise OSError("no space left")
        theirs(storage, connection, events, ids)

    monkeypatch.setattr(SqliteEventLogStorage, "_store_asset_event_tags", fails_for_many)
    made = home()
    run(made, 0, 2)
    expected = Counter(
        (AssetKey([layer, "icon_health", "patients"]).to_string(), str(FIRST + timedelta(days=day)))
        for layer in ("landing", "bronze")
        for day in range(3)
    )
    assert [Counter(rows(file, MATERIALIZED)) for file in files(made)] == [expected, expected]
    with dagster_instance(made.settings) as instance:
        key = AssetKey(["bronze", "icon_health", "patients"])
        assert len(instance.fetch_materializations(key, limit=10).records) == 3
