"""Many events of a run in one transaction of each of Dagster's SQLite files.

Here belongs storing what Dagster hands over together: what is planned of a run, and the materializations of an asset
for all delivery dates. What is written is what its storage writes event by event.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagster import EventLogEntry
from dagster._core.events import ASSET_EVENTS
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, func, select

MOST = 1000
"""Events that are stored together."""


def store_batch(storage: SqliteEventLogStorage, events: Sequence[EventLogEntry]) -> None:
    """Store the events of one run: those of assets first, and all of these or none."""
    of_assets = [event for event in events if event.dagster_event_type in ASSET_EVENTS]
    if of_assets:
        rows = [storage._event_to_row(event) for event in of_assets]
        with storage.run_connection(of_assets[0].run_id) as run, _index_engine(storage).begin() as index:
            _insert(run, rows)
            _tell_assets(storage, index, of_assets, _insert(index, rows))
    for event in events:
        if event.dagster_event_type not in ASSET_EVENTS:  # what is planned of checks is written elsewhere too
            storage.store_event(event)


def _index_engine(storage: SqliteEventLogStorage) -> Engine:
    """Of the file that knows all runs, as the storage asks for it, but without the lock that it holds meanwhile."""
    timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
    return sqlite_event_log.create_engine(storage.conn_string_for_shard(INDEX_SHARD_NAME), connect_args=timeout)


def _insert(connection: Connection, rows: Sequence[dict[str, object]]) -> range:
    """The numbers of the new rows, which follow each other, since nobody else writes meanwhile."""
    connection.execute(SqlEventLogStorageTable.insert(), rows)
    last = connection.execute(select(func.max(SqlEventLogStorageTable.c.id))).scalar_one()
    return range(last - len(rows) + 1, last + 1)


def _tell_assets(
    storage: SqliteEventLogStorage, index: Connection, events: Sequence[EventLogEntry], ids: Sequence[int]
) -> None:
    """Write down the tags of all, and of each asset what came last."""
    storage._store_asset_event_tags(index, events, ids)
    last = {(event.get_dagster_event().asset_key, event.dagster_event_type): at for at, event in enumerate(events)}
    for at in last.values():
        storage._store_asset_event(index, events[at], ids[at])
