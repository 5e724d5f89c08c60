"""A home that remembers many runs: what Dagster and the ledger wrote of one is written again under other names.

A run that is remembered is a small one, as a sensor starts it: the events of landing and bronze of one table and a few
checks, and one event in the ledger. They are copied in SQL, since running ten thousand would take days; the ledger's
are written by its own writer. Every such run ended more than the days of PRUNING ago.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from healthcare_elt.ledger import Event, Ledger
from healthcare_elt.pipeline.transform import MOST_SEGMENTS

PRUNING = {"HEALTHCARE_ELT_KEEP_HISTORY_DAYS": "7"}
AGE = timedelta(days=8)
KEPT_EVENTS = "asset_key like '[\"landing\"%encounters_details%' or asset_key like '[\"bronze\"%encounters_details%'"
CHECKS = 5
RUNS_PER_SEGMENT = 10
"""Of the ledger; the writer waits for the disk each time."""


def remember_runs(home: Path, number: int) -> None:
    """Let the home remember so many runs like its last one."""
    history = home / ".dagster" / "history"
    with closing(sqlite3.connect(history / "runs.db")) as runs:
        (run_id,) = runs.execute("select run_id from runs order by id desc limit 1").fetchone()
        others = [str(uuid.uuid4()) for _ in range(number)]
        _copy_runs(runs, run_id, others)
    with closing(sqlite3.connect(history / "runs" / "index.db")) as index:
        _copy_events(index, run_id, others)
    _copy_shards(history / "runs", run_id, others)
    _append_to_ledger(home, others)


def _moment(number: int) -> datetime:
    """When the run of that number ended; the first is the latest."""
    return datetime.now(UTC) - AGE - timedelta(hours=number)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"pragma table_info({table})") if row[1] != "id"]


def _copy(
    connection: sqlite3.Connection, table: str, where: str, run_id: str, others: list[str], times: tuple[str, ...] = ()
) -> None:
    """The rows that are meant once for each other run, with its id in all texts and its moment in `times`."""
    columns = _columns(connection, table)
    rows = connection.execute(f"select {', '.join(columns)} from {table} where {where}").fetchall()
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))

    def told(column: str, value: object, other: str, moment: datetime) -> object:
        if column in times:
            return moment.timestamp() if isinstance(value, float) else f"{moment:%Y-%m-%d %H:%M:%S.%f}"
        return value.replace(run_id, other) if isinstance(value, str) else value

    connection.executemany(
        f"insert into {table} ({names}) values ({marks})",
        (
            [told(column, value, other, moment) for column, value in zip(columns, row, strict=True)]
            for number, other in enumerate(others)
            for moment in [_moment(number)]
            for row in rows
        ),
    )
    connection.commit()


def _copy_runs(runs: sqlite3.Connection, run_id: str, others: list[str]) -> None:
    times = ("create_timestamp", "update_timestamp", "start_time", "end_time")
    _copy(runs, "runs", f"run_id = '{run_id}'", run_id, others, times)
    _copy(runs, "run_tags", f"run_id = '{run_id}'", run_id, others)


def _copy_events(index: sqlite3.Connection, run_id: str, others: list[str]) -> None:
    _copy(index, "event_logs", f"run_id = '{run_id}' and ({KEPT_EVENTS})", run_id, others, ("timestamp",))
    few = f"id in (select id from asset_check_executions where run_id = '{run_id}' limit {CHECKS})"
    _copy(index, "asset_check_executions", few, run_id, others, ("create_timestamp", "evaluation_event_timestamp"))


def _copy_shards(folder: Path, run_id: str, others: list[str]) -> None:
    """Each run has a file of its own events."""
    template = folder / "template"
    shutil.copy(folder / f"{run_id}.db", template)
    with closing(sqlite3.connect(template)) as shard:
        shard.execute("pragma journal_mode = delete")
        shard.execute(f"delete from event_logs where not coalesce({KEPT_EVENTS}, step_key is null)")
        shard.commit()
        shard.execute("vacuum")
    for other in others:
        shutil.copy(template, folder / f"{other}.db")
        with closing(sqlite3.connect(folder / f"{other}.db")) as shard:
            shard.execute("pragma synchronous = off")
            shard.execute("update event_logs set run_id = ?, event = replace(event, ?, ?)", (other, run_id, other))
            shard.commit()
    template.unlink()


def _append_to_ledger(home: Path, others: list[str]) -> None:
    """A file that was sent again in each run: what a run tells the ledger at least, if it tells anything."""
    ledger = Ledger(home / "metadata" / "ledger")
    landed = ledger.deliveries()[0]
    for begin in range(0, len(others), RUNS_PER_SEGMENT):
        events = [
            Event(
                event="repeated", at=_moment(number), delivery_id=landed.delivery_id, system=landed.system,
                table=landed.table, delivery_date=landed.delivery_date, arrival=None, sha256="",
                name=f"again/{number}.csv", bytes=1000, modified_ns=number, landing_key="", run_id=others[number],
            )
            for number in range(begin, min(begin + RUNS_PER_SEGMENT, len(others)))
        ]  # fmt: skip
        ledger.append(events)
        ledger.compact(keep=MOST_SEGMENTS)
