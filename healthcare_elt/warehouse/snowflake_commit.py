"""Staged rows into Snowflake's bronze, with rejects and load log in one transaction.

Here belongs that transaction, and `Bronze` for batches that DuckDB has read. How COPY stages is in `snowflake_copy`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.names import (
    LOAD_LOCK,
    LOAD_LOG_TABLE,
    UPLOADS,
    bronze,
    bronze_rejects,
    identifier,
    text,
)
from healthcare_elt.snowflake.tables import missing_columns
from healthcare_elt.warehouse import duckdb_sql
from healthcare_elt.warehouse.bronze import Batch, NotWritten, kept_columns, reject_rows
from healthcare_elt.warehouse.columns import BRONZE_OWN, LOAD_LOG, REJECTS, Columns
from healthcare_elt.warehouse.duckdb_errors import cause
from healthcare_elt.warehouse.load_log import log_rows
from healthcare_elt.warehouse.outcome import Loaded
from healthcare_elt.warehouse.snowflake_copy import STAGED, copy_parquet, create_staged
from healthcare_elt.warehouse.snowflake_session import Session, SnowflakeFailed


def commit(
    session: Session, contract: Contract, files: Mapping[str, int], batch: Batch, run_id: str, now: datetime
) -> list[Loaded]:
    """The staged rows of these files in the place of what an earlier load of their deliveries wrote.

    Args:
        files: index in the batch by the name of the file in the staged table.

    Raises:
        SnowflakeFailed: nothing was written, or all of it: the load log tells.
    """
    at = now.astimezone(UTC).replace(tzinfo=None)
    rejects = Counter(reject.file for reject in batch.rejects)
    rows = {
        files[row["file"]]: row["rows"]
        for row in session.rows(f"select file, count(*) as {identifier('rows')} from {STAGED} group by file")
        if row["file"] in files
    }
    loaded = [Loaded(d.delivery_id, rows.get(index, 0), rejects[index]) for index, d in enumerate(batch.deliveries)]
    with session.transaction():
        session.rows(f"update {LOAD_LOCK} set run_id = ?", [run_id])
        _delete_earlier(session, contract, batch.deliveries)
        if files:
            session.execute(_insert_rows(contract, files, batch.deliveries, at))
        session.insert(bronze_rejects(contract), [*map(identifier, REJECTS)], reject_rows(batch, at))
        log = log_rows(contract, batch.deliveries, loaded, run_id, at)
        session.insert(LOAD_LOG_TABLE, [*map(identifier, LOAD_LOG)], log)
    return loaded


def _delete_earlier(session: Session, contract: Contract, deliveries: Sequence[Delivery]) -> None:
    ids = ", ".join(text(delivery.delivery_id) for delivery in deliveries)
    there = session.rows(f"select delivery_id from {LOAD_LOG_TABLE} where delivery_id in ({ids})")
    again = ", ".join(text(row["delivery_id"]) for row in there)
    tables = ((bronze(contract), "_DELIVERY_ID"), (bronze_rejects(contract), "_DELIVERY_ID"))
    for table, column in (*tables, (LOAD_LOG_TABLE, "DELIVERY_ID")) if there else ():
        session.execute(f"delete from {table} where {column} in ({again})")


def _insert_rows(contract: Contract, files: Mapping[str, int], deliveries: Sequence[Delivery], at: datetime) -> str:
    cells = duckdb_sql.staged_columns(len(deliveries[0].columns))
    kept = {name: cells[position] for name, position in kept_columns(contract, deliveries[0]).items()}
    into = ", ".join(identifier(name) for name in (*kept, *BRONZE_OWN))
    told = ", ".join(_told(name, deliveries[index]) for name, index in files.items())
    return f"""
insert into {bronze(contract)} ({into})
select
    {"".join(f"nullif(s.{cell}, ''), " for cell in kept.values())}
    f.delivery_id, row_number() over (partition by s.file order by s.row_number),
    f.delivery_date, f.arrival, '{at.isoformat(sep=" ")}'::timestamp_ntz
from {STAGED} as s
join (values {told}) as f (file, delivery_id, delivery_date, arrival) on f.file = s.file
"""


def _told(name: str, delivery: Delivery) -> str:
    day: date = delivery.delivery_date
    return f"({text(name)}, {text(delivery.delivery_id)}, '{day.isoformat()}'::date, {delivery.arrival})"


@dataclass(frozen=True)
class SnowflakeBronze:
    """`Bronze` for rows that DuckDB has staged: they go to Snowflake as one Parquet file."""

    session: Session
    snowflake: SnowflakeSettings
    reader: duckdb.DuckDBPyConnection
    there: Columns
    work: Path

    def add_columns(self, contract: Contract, names: Iterable[str]) -> None:
        try:
            known = self.there[f"bronze.{contract.relation}"]
            for statement in missing_columns(self.snowflake, contract, known, names):
                self.session.execute(statement)
        except SnowflakeFailed as failure:
            raise NotWritten(str(failure).rstrip(".")) from None

    def commit(self, contract: Contract, batch: Batch, run_id: str, now: datetime) -> list[Loaded]:
        path = self.work / f"{uuid.uuid4().hex}.parquet"
        try:
            self._write(path)
            self._stage(path, len(batch.deliveries[0].columns))
            files = {str(index): index for index in range(len(batch.deliveries))}
            return commit(self.session, contract, files, batch, run_id, now)
        except duckdb.Error as error:
            raise NotWritten(cause(error)) from None
        except SnowflakeFailed as failure:
            raise NotWritten(str(failure).rstrip(".")) from None
        finally:
            path.unlink(missing_ok=True)

    def _write(self, path: Path) -> None:
        self.reader.execute(
            f"copy (select * replace (file::varchar as file), rowid as row_number from {duckdb_sql.STAGED}) "
            f"to {duckdb_sql.literal(str(path))} (format parquet, compression zstd)"
        )

    def _stage(self, path: Path, columns: int) -> None:
        self.session.execute(create_staged(columns))
        upload(self.session, path)
        self.session.execute(copy_parquet(UPLOADS, path.name, columns))
        self.session.execute(f"remove @{UPLOADS}/{path.name}")


def upload(session: Session, path: Path) -> None:
    """Put a file of this machine into the internal stage, encrypted by the connector."""
    session.execute(f"put {text(path.as_uri())} @{UPLOADS} auto_compress = false overwrite = true")
