"""The staged rows of a batch into bronze, with rejects and load log in one transaction.

Here belongs that transaction and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from healthcare_elt.contracts import Contract
from healthcare_elt.warehouse.bronze import Batch, NotWritten, kept_columns, reject_rows
from healthcare_elt.warehouse.columns import BRONZE_OWN, LOAD_LOG, REJECTS, Columns
from healthcare_elt.warehouse.duckdb_errors import cause
from healthcare_elt.warehouse.duckdb_schema import bronze, bronze_rejects, missing_columns
from healthcare_elt.warehouse.duckdb_sql import STAGED, identifier, staged_columns
from healthcare_elt.warehouse.load_log import log_rows
from healthcare_elt.warehouse.outcome import Loaded

_ARROW = {"varchar": pa.string(), "bigint": pa.int64(), "date": pa.date32(), "timestamp": pa.timestamp("us")}


@dataclass(frozen=True)
class DuckDBBronze:
    """`Bronze` in the database that also read the rows."""

    connection: duckdb.DuckDBPyConnection
    there: Columns

    def add_columns(self, contract: Contract, names: Iterable[str]) -> None:
        try:
            for statement in missing_columns(contract, self.there[f"bronze.{contract.relation}"], names):
                self.connection.execute(statement)
        except duckdb.Error as error:
            raise NotWritten(cause(error)) from None

    def commit(self, contract: Contract, batch: Batch, run_id: str, now: datetime) -> list[Loaded]:
        try:
            return commit(self.connection, contract, batch, run_id, now)
        except duckdb.Error as error:
            raise NotWritten(cause(error)) from None


def commit(
    connection: duckdb.DuckDBPyConnection, contract: Contract, batch: Batch, run_id: str, now: datetime
) -> list[Loaded]:
    """All of it, or nothing."""
    at = now.astimezone(UTC).replace(tzinfo=None)
    connection.execute("begin")
    try:
        _delete_earlier(connection, contract, batch)
        loaded = _insert_rows(connection, contract, batch, at)
        _insert(connection, bronze_rejects(contract), REJECTS, reject_rows(batch, at))
        _insert(connection, "meta.load_log", LOAD_LOG, log_rows(contract, batch.deliveries, loaded, run_id, at))
        connection.execute("commit")
    except BaseException:
        _roll_back(connection)
        raise
    finally:
        connection.execute("drop table if exists temp.main.staged")
    return loaded


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("rollback")
    except duckdb.TransactionException:  # a failed commit has rolled back already
        return


def _delete_earlier(connection: duckdb.DuckDBPyConnection, contract: Contract, batch: Batch) -> None:
    """What an outdated load of the same deliveries wrote."""
    ids = [delivery.delivery_id for delivery in batch.deliveries]
    there = "select delivery_id from meta.load_log where delivery_id in (select unnest(?::varchar[]))"
    again = [delivery_id for (delivery_id,) in connection.execute(there, [ids]).fetchall()]
    tables = {
        bronze(contract): "_delivery_id",
        bronze_rejects(contract): "_delivery_id",
        "meta.load_log": "delivery_id",
    }
    for table, column in tables.items() if again else ():
        connection.execute(f"delete from {table} where {column} in (select unnest(?::varchar[]))", [again])


def _insert_rows(connection: duckdb.DuckDBPyConnection, contract: Contract, batch: Batch, at: datetime) -> list[Loaded]:
    found = connection.execute(f"select file, min(rowid), count(*) from {STAGED} group by file").fetchall()
    first = {file: rowid for file, rowid, _ in found}
    rows = {file: count for file, _, count in found}
    rejects = Counter(reject.file for reject in batch.rejects)
    staged = staged_columns(len(batch.deliveries[0].columns))
    wanted = {name: staged[position] for name, position in kept_columns(contract, batch.deliveries[0]).items()}
    into = [*wanted, *BRONZE_OWN]
    # Rows are staged in the order of files and lines, so the row id less the file's first is the row's number.
    connection.execute(
        f"""
        insert into {bronze(contract)} ({", ".join(identifier(name) for name in into)})
        select
            {"".join(f"nullif({staged}, ''), " for staged in wanted.values())}
            (?::varchar[])[file + 1], rowid - (?::bigint[])[file + 1] + 1,
            (?::date[])[file + 1], (?::bigint[])[file + 1], ?::timestamp
        from {STAGED}
        """,
        [
            [delivery.delivery_id for delivery in batch.deliveries],
            [first.get(index, 0) for index in range(len(batch.deliveries))],
            [delivery.delivery_date for delivery in batch.deliveries],
            [delivery.arrival for delivery in batch.deliveries],
            at,
        ],
    )
    return [
        Loaded(delivery.delivery_id, rows.get(index, 0), rejects[index])
        for index, delivery in enumerate(batch.deliveries)
    ]


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    if not rows:
        return
    kinds = [_ARROW[kind.split()[0]] for kind in columns.values()]
    values = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
    names = ", ".join(identifier(name) for name in columns)
    connection.register("new_rows", pa.table(values, names=list(columns)))
    try:
        connection.execute(f"insert into {table} ({names}) select * from new_rows")
    finally:
        connection.unregister("new_rows")
