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
from typing import Any

import duckdb

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.settings_snowflake import SnowflakeSettings, Worker
from healthcare_elt.snowflake.errors import told
from healthcare_elt.snowflake.names import text
from healthcare_elt.snowflake.raw import refresh
from healthcare_elt.warehouse.cost import Cost, costs_by_asset
from healthcare_elt.warehouse.duckdb_load import Load
from healthcare_elt.warehouse.errors import WarehouseError
from healthcare_elt.warehouse.outcome import Outcome
from healthcare_elt.warehouse.snowflake_commit import SnowflakeBronze
from healthcare_elt.warehouse.snowflake_load import SnowflakeLoad
from healthcare_elt.warehouse.snowflake_schema import missing
from healthcare_elt.warehouse.snowflake_session import Session
from healthcare_elt.warehouse.sql_warehouse import SqlWarehouse
from healthcare_elt.warehouse.standing import StandingAnswers

ConnectAs = Callable[[Worker], AbstractContextManager[Any]]
"""Opens a `snowflake.connector` connection in the database, with that worker's role and compute."""


HISTORY = """
select
    query_tag, count(*) as statements, sum(bytes_scanned) as bytes_scanned, sum(execution_time) as milliseconds
from table(information_schema.query_history_by_user(result_limit => 10000))
where contains(query_tag, ?)
group by query_tag
"""


class SnowflakeWarehouse(SqlWarehouse):
    """One database, by two sessions that are opened when they are first needed."""

    def __init__(
        self,
        connect: ConnectAs,
        snowflake: SnowflakeSettings,
        *,
        has_stage: bool,
        work: Path,
        standing: StandingAnswers,
        memory_limit: str = "80%",
    ) -> None:
        """
        Args:
            has_stage: True if an external stage is over the landing zone; else that is a folder of this machine.
            work: a folder inside the PHI zone for files on their way.
            standing: of this database.
            memory_limit: of DuckDB, where it reads what COPY does not take.
        """
        self._snowflake = snowflake
        self._loader = _session(connect, snowflake, "loader")
        self._transformer = _session(connect, snowflake, "transformer")
        self._has_stage = has_stage
        self._work = work
        self._standing_answers = standing
        self._memory_limit = memory_limit

    def prepare(self, contracts: Sequence[Contract]) -> None:
        there = self.columns("bronze") | self.columns("meta")
        for statement in missing(self._snowflake, there, contracts):
            self._loader.execute(statement)

    def _load(
        self, contract: Contract, deliveries: Sequence[Delivery], zone: LandingZone, run_id: str, now: datetime
    ) -> Iterator[Outcome]:
        self._loader.tag(run=run_id, asset=f"bronze/{contract.system}/{contract.table}", delivery=_named(deliveries))
        with self._reader() as (reader, work):
            bronze = SnowflakeBronze(self._loader, self._snowflake, reader, self.columns("bronze"), work)
            by_duckdb = Load(reader, bronze, contract, zone, work, run_id, now)
            if self._has_stage:
                yield from SnowflakeLoad(self._loader, self._snowflake.stage, by_duckdb).run(deliveries)
                for statement in refresh(self._snowflake, contract, [each.landing_key for each in deliveries]):
                    self._loader.execute(statement)
            else:
                yield from by_duckdb.run(deliveries)

    def is_there(self) -> bool:
        return self._has("load_log", "delivery_id")

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        return self._transformer.rows(sql, params)

    def _write(self, sql: str, params: Sequence[Any]) -> None:
        self._loader.rows(sql, params)

    def execute(self, sql: str) -> None:
        self._transformer.execute(sql)

    def costs(self, run_id: str) -> dict[str, Cost]:
        """By query history, which has this user's own statements at once; empty if it cannot be read."""
        try:
            found = self.rows(HISTORY, [run_id])
        except WarehouseError:
            return {}
        return costs_by_asset(found, run_id)

    def _standing(self, table: str, sql: str) -> list[dict[str, Any]]:
        place = f"{self._snowflake.database}.META.{table.upper()}"
        [changed] = self.rows(f"select system$last_change_commit_time({text(place)}) as token")
        return self._standing_answers.rows(sql, str(changed["token"]), lambda: self.rows(sql))

    def _column_rows(self, schema: str | None) -> list[dict[str, Any]]:
        if schema == "meta":  # SHOW wakes no compute, but tells no more than 10,000 columns
            found = self.rows(f"show columns in schema {self._snowflake.database}.META")
            return [
                {"name": f"meta.{row['table_name'].lower()}", "column_name": row["column_name"].lower()}
                for row in found
            ]
        return self.rows(
            "select lower(table_schema || '.' || table_name) as name, lower(column_name) as column_name "
            "from information_schema.columns where lower(table_schema) = coalesce(?, lower(table_schema))",
            [schema],
        )

    def close(self) -> None:
        self._loader.close()
        self._transformer.close()

    @contextmanager
    def _reader(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
        """A DuckDB of its own, with a folder for its files; both hold PHI and go away."""
        self._work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            work = Path(folder)
            config = {"memory_limit": self._memory_limit, "temp_directory": str(work / "spill")}
            with duckdb.connect(str(work / "reader.duckdb"), config=config) as reader:
                reader.execute("set timezone = 'UTC'; set preserve_insertion_order = true")
                yield reader, work


def _session(connect: ConnectAs, snowflake: SnowflakeSettings, worker: Worker) -> Session:
    role, compute = snowflake.role_of(worker), snowflake.warehouse_of(worker)
    return Session(lambda: connect(worker), partial(told, snowflake=snowflake, role=role, warehouse=compute))


def _named(deliveries: Sequence[Delivery]) -> str:
    return deliveries[0].delivery_id if len(deliveries) == 1 else f"{len(deliveries)} deliveries"
