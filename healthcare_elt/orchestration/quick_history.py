"""Dagster's history in SQLite, written as fast as one process can.

Here belongs what Dagster does too often for its history while a run is executed in this process. What it writes is the
same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from dagster import PartitionsDefinition
from dagster._core.definitions.partitions.subset import AllPartitionsSubset
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import Engine, create_engine, event

STORAGES: tuple[Any, ...] = (sqlite_event_log, sqlite_run_storage)


@contextmanager
def quick_history() -> Iterator[None]:
    """Within this, an event of a run costs two or three milliseconds instead of tens.

    For every event Dagster makes an engine for its SQLite file, compiles its statements, opens, syncs and closes. Here
    one engine is kept for each file, with what it has compiled and its connections. In write-ahead mode nothing waits
    for the disk; a power cut then loses the last events, and no file is damaged.

    And for every bronze table that a model rests on, it writes down the dates of all delivery dates since the first.
    """
    engines: dict[str, Engine] = {}

    def kept(url: str, *, poolclass: Any = None, **options: Any) -> Engine:
        if url not in engines:
            engines[url] = _kept_engine(url, options)
        return engines[url]

    keys: dict[PartitionsDefinition, Sequence[str]] = {}
    all_keys = AllPartitionsSubset.get_partition_keys

    def written_once(subset: AllPartitionsSubset, current_time: datetime | None = None) -> Sequence[str]:
        if subset.partitions_def not in keys:
            keys[subset.partitions_def] = all_keys(subset, current_time)
        return keys[subset.partitions_def]

    theirs = [storage.create_engine for storage in STORAGES]
    AllPartitionsSubset.get_partition_keys = written_once  # type: ignore[method-assign]
    for storage in STORAGES:
        storage.create_engine = kept
    try:
        yield
    finally:
        AllPartitionsSubset.get_partition_keys = all_keys  # type: ignore[method-assign]
        for storage, its_own in zip(STORAGES, theirs, strict=True):
            storage.create_engine = its_own
        for engine in engines.values():
            engine.pool.dispose()


def _kept_engine(url: str, options: dict[str, Any]) -> Engine:
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _write_ahead)
    engine.dispose = lambda close=True: None  # Dagster asks for it after every event
    return engine


def _write_ahead(connection: sqlite3.Connection, _: Any) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
