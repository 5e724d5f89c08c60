"""The warehouse in Snowflake.

Here belongs the protocol's methods, each in a session of the role that may do it: the loader writes bronze and load
log, the transformer reads all and writes what is built of them. What they need of Snowflake is in the other
`snowflake_*` modules.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.settings_snowflake import SnowflakeSettings, Worker
from healthcare_elt.snowflake.errors import told
from healthcare_elt.snowflake.raw import refresh
from healthcare_elt.warehouse.duckdb_load import Load
from healthcare_elt.warehouse.outcome import Outcome
from healthcare_elt.warehouse.snowflake_commit import SnowflakeBronze
from healthcare_elt.warehouse.snowflake_load import SnowflakeLoad
from healthcare_elt.warehouse.snowflake_schema import missing
from healthcare_elt.warehouse.snowflake_session import Session
from healthcare_elt.warehouse.sql_warehouse import SqlWarehouse

ConnectAs = Callable[[Worker], AbstractContextManager[Any]]
"""Opens a `snowflake.connector` connection in the database, with that worker's role and compute."""


class SnowflakeWarehouse(SqlWarehouse):
    """One database, by two sessions that are opened when they are first needed."""

    def __init__(
        self,
        connect: ConnectAs,
        snowflake: SnowflakeSettings,
        *,
        has_stage: bool,
        work: Path,
        memory_limit: str = "80%",
    ) -> None:
        """
        Args:
            has_stage: True if an external stage is over the landing zone; else that is a folder of this machine.
            work: a folder inside the PHI zone for files on their way.
            memory_limit: of DuckDB, where it reads what COPY does not take.
        """
        self._snowflake = snowflake
        self._loader = _session(connect, snowflake, "loader")
        self._transformer = _session(connect, snowflake, "transformer")
        self._has_stage = has_stage
        self._work = work
        self._memory_limit = memory_limit

    def prepare(self, contracts: Sequence[Contract]) -> None:
        there = self.columns("bronze") | self.columns("meta")
        for statement in missing(self._snowflake, there, contracts):
            self._loader.execute(statement)

    def load(
        self,
        contract: Contract,
        deliveries: Sequence[Delivery],
        zone: LandingZone,
        *,
        run_id: str,
        now: datetime,
    ) -> Iterator[Outcome]:
        loaded = self.loaded_ids(contract.system, contract.table) - self.outdated([contract])
        # Equal deliveries in one call are one.
        new = list({each.delivery_id: each for each in deliveries if each.delivery_id not in loaded}.values())
        if not new:
            return
        self._loader.tag(run=run_id, asset=f"bronze/{contract.system}/{contract.table}", delivery=_named(new))
        with self._reader() as (reader, work):
            bronze = SnowflakeBronze(self._loader, self._snowflake, reader, self.columns("bronze"), work)
            by_duckdb = Load(reader, bronze, contract, zone, work, run_id, now)
            if self._has_stage:
                yield from SnowflakeLoad(self._loader, self._snowflake.stage, by_duckdb).run(new)
                for statement in refresh(self._snowflake, contract, [each.landing_key for each in new]):
                    self._loader.execute(statement)
            else:
                yield from by_duckdb.run(new)

    def is_there(self) -> bool:
        """True if the load log is; asked in a way that wakes no compute."""
        return bool(self.rows(f"show tables like 'LOAD_LOG' in schema {self._snowflake.database}.META"))

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        return self._transformer.rows(sql, params)

    def _write(self, sql: str, params: Sequence[Any]) -> None:
        self._loader.rows(sql, params)

    def execute(self, sql: str) -> None:
        self._transformer.execute(sql)

    def columns(self, schema: str | None = None) -> dict[str, set[str]]:
        found = self.rows(
            "select lower(table_schema || '.' || table_name) as name, lower(column_name) as column_name "
            "from information_schema.columns where lower(table_schema) = coalesce(?, lower(table_schema))",
            [schema],
        )
        columns: dict[str, set[str]] = {}
        for row in found:
            columns.setdefault(row["name"], set()).add(row["column_name"])
        return columns

    def close(self) -> None:
        self._loader.close()
        self._transformer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _reader(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
        """A DuckDB of its own, with a folder for its files; both hold PHI and go away."""
        self._work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            work = Path(folder)
            config = {"memory_limit": self._memory_limit, "temp_directory": str(work / "spill")}
            with duckdb.connect(str(work / "reader.duckdb"), config=config) as reader:
                reader.execute("set preserve_insertion_order = true")
                yield reader, work


def _session(connect: ConnectAs, snowflake: SnowflakeSettings, worker: Worker) -> Session:
    role, compute = snowflake.role_of(worker), snowflake.warehouse_of(worker)
    return Session(lambda: connect(worker), partial(told, snowflake=snowflake, role=role, warehouse=compute))


def _named(deliveries: Sequence[Delivery]) -> str:
    return deliveries[0].delivery_id if len(deliveries) == 1 else f"{len(deliveries)} deliveries"
