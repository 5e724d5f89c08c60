"""Dagster's history in SQLite, written as fast as one process can.

Here belongs what Dagster does too often for its history while a run is executed in this process. What it writes is the
same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from dagster import PartitionsDefinition
from dagster._core.definitions.partitions.subset import AllPartitionsSubset
from dagster._core.instance.methods.event_methods import EventMethods
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import Engine, create_engine, event

from healthcare_elt.orchestration.event_batches import MOST, store_batch
from healthcare_elt.replaced import replace


@contextmanager
def quick_history() -> Iterator[None]:
    """Within this, an event of a run costs two or three milliseconds instead of tens.

    For every event Dagster makes an engine for its SQLite file, compiles its statements, opens, syncs and closes. Here
    one engine is kept for each file, with what it has compiled and its connections. In write-ahead mode nothing waits
    for the disk; a power cut then loses the last events, and no file is damaged.

    For every event it also asks what tables, columns and indexes the file has, and for every bronze table that a model
    rests on it writes down the keys of all delivery dates since the first. What belongs together it can hand over
    together, but its SQLite storage would write it event by event.
    """
    engines: dict[str, Engine] = {}
    with ExitStack() as stack:
        for storage in (sqlite_event_log, sqlite_run_storage):
            replace(stack, storage, "create_engine", lambda theirs: partial(_kept_engine, engines))
        for question in ("has_table", "has_secondary_index", "_has_asset_key_col_on_connection"):
            replace(stack, SqliteEventLogStorage, question, _asked_until_true)
        replace(stack, EventMethods, "_get_event_batch_size", lambda theirs: lambda instance: MOST)
        replace(stack, SqliteEventLogStorage, "store_event_batch", lambda theirs: store_batch)
        replace(stack, AllPartitionsSubset, "get_partition_keys", _written_once)
        try:
            yield
        finally:
            for engine in engines.values():
                engine.pool.dispose()


def _asked_until_true(theirs: Callable[..., bool]) -> Callable[..., bool]:
    """Tables, columns and migrations only ever come."""
    there: set[tuple[Any, str]] = set()

    def asked(storage: Any, *named: Any) -> bool:
        question = (storage, named[-1])
        if question not in there and theirs(storage, *named):
            there.add(question)
        return question in there

    return asked


def _written_once(theirs: Callable[..., Sequence[str]]) -> Callable[..., Sequence[str]]:
    keys: dict[PartitionsDefinition, Sequence[str]] = {}

    def written(subset: AllPartitionsSubset, current_time: datetime | None = None) -> Sequence[str]:
        if subset.partitions_def not in keys:
            keys[subset.partitions_def] = theirs(subset, current_time)
        return keys[subset.partitions_def]

    return written


def _kept_engine(engines: dict[str, Engine], url: str, *, poolclass: Any = None, **options: Any) -> Engine:
    if url not in engines:
        engines[url] = engine = create_engine(url, **options)
        event.listen(engine, "connect", _write_ahead)
        engine.dispose = lambda close=True: None  # Dagster asks for it after every event
    return engines[url]


def _write_ahead(connection: sqlite3.Connection, _: Any) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
