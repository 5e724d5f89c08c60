"""The warehouse in a DuckDB file.

Here belongs opening and closing it, and the protocol's methods. What they need of DuckDB is in the other `duckdb_*`
modules.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.landing.folder import create_once
from healthcare_elt.warehouse.cost import Cost
from healthcare_elt.warehouse.duckdb_commit import DuckDBBronze
from healthcare_elt.warehouse.duckdb_errors import cause, is_full_disk, is_lock, lock_holder
from healthcare_elt.warehouse.duckdb_load import Load
from healthcare_elt.warehouse.duckdb_schema import missing
from healthcare_elt.warehouse.errors import WarehouseError, WarehouseLocked
from healthcare_elt.warehouse.outcome import Outcome
from healthcare_elt.warehouse.sql_warehouse import SqlWarehouse

POLL_SECONDS = 0.2
WRITER = "writer"
"""The one process that writes, as its spill folder is called; profiles.yml says the same for dbt."""


class DuckDBWarehouse(SqlWarehouse):
    """One connection to one DuckDB file; no other process can open the file meanwhile."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        lock_timeout_seconds: float = 0.0,
        memory_limit: str = "80%",
        spill: Path | None = None,
    ) -> None:
        """Open the file, and create it unless `read_only`.

        Args:
            memory_limit: beyond it, work goes on in files.
            spill: the folder for those files, which holds nothing else; else one beside the warehouse.

        Raises:
            WarehouseLocked: another process holds it for longer than the timeout.
            WarehouseError: it is not there or is no DuckDB file.
        """
        self.path = path
        if read_only and not path.is_file():
            raise WarehouseError(f"There is no warehouse in {path} yet; run `healthcare-elt run`.")
        path.parent.mkdir(parents=True, exist_ok=True)
        spill = spill or path.with_name(f".{path.name}.spill")
        # Readers share the warehouse, and must not share these files.
        own = spill / (str(os.getpid()) if read_only else WRITER)
        config = {"memory_limit": memory_limit, "temp_directory": str(own)}
        self._connection = _connect(path, read_only, lock_timeout_seconds, config)
        _prepare_spill(spill, read_only)
        self._connection.execute("set timezone = 'UTC'; set preserve_insertion_order = true")

    def prepare(self, contracts: Sequence[Contract]) -> None:
        with _sentences():
            for statement in missing(self.columns("bronze") | self.columns("meta"), contracts):
                self._connection.execute(statement)

    def _load(
        self, contract: Contract, deliveries: Sequence[Delivery], zone: LandingZone, run_id: str, now: datetime
    ) -> Iterator[Outcome]:
        bronze = DuckDBBronze(self._connection, self.columns("bronze"))
        with _work_folder(self.path) as work:
            yield from Load(self._connection, bronze, contract, zone, work, run_id, now).run(deliveries)

    def is_there(self) -> bool:
        return True

    def costs(self, run_id: str) -> dict[str, Cost]:
        return {}

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with _sentences():
            result = self._connection.execute(sql, list(params))
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def _write(self, sql: str, params: Sequence[Any]) -> None:
        self.rows(sql, params)

    def execute(self, sql: str) -> None:
        with _sentences():
            self._connection.execute(sql)

    def _column_rows(self, schema: str | None) -> list[dict[str, Any]]:
        return self.rows(
            "select lower(schema_name || '.' || table_name) as name, lower(column_name) as column_name "
            "from duckdb_columns() where not internal and database_name = current_database() "
            "and schema_name = coalesce(?, schema_name)",
            [schema],
        )

    def close(self) -> None:
        self._connection.close()


def _connect(
    path: Path, read_only: bool, lock_timeout_seconds: float, config: dict[str, Any]
) -> duckdb.DuckDBPyConnection:
    until = time.monotonic() + lock_timeout_seconds
    while True:
        try:
            if not path.exists():
                _create(path)
            return duckdb.connect(str(path), read_only=read_only, config=config)
        except duckdb.Error as error:
            if is_full_disk(error):
                raise WarehouseError(f"The warehouse {path} cannot be opened: {cause(error)}.") from None
            if not is_lock(error):
                raise WarehouseError(
                    f"The warehouse {path} cannot be opened ({type(error).__name__}); if it is open elsewhere in "
                    "this program close it there, else move the file away and run again to build a new one."
                ) from None
            if time.monotonic() >= until:
                raise WarehouseLocked(
                    f"The warehouse {path} is in use by {lock_holder(error)}; "
                    "wait for it to end or close it, then run again."
                ) from None
        time.sleep(POLL_SECONDS)


def _create(path: Path) -> None:
    """In one step: DuckDB could never open a file that a killed process or a full disk left half made."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")
    try:
        duckdb.connect(str(draft)).close()
        with suppress(FileExistsError):  # another process was as quick
            create_once(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise WarehouseError(f"The warehouse could not answer: {cause(error)}.") from None


def _prepare_spill(folder: Path, read_only: bool) -> None:
    """Rows that do not fit in memory are PHI: for their owner only, and DuckDB removes them when it closes."""
    if read_only:  # others may be reading too, and who may only read may still have memory enough
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        return
    # DuckDB's lock keeps others out, so whatever lies there was left by a process that was killed.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _work_folder(path: Path) -> Iterator[Path]:
    """Copies of deliveries hold PHI: beside the warehouse, for its owner only, and gone afterwards."""
    folder = path.with_name(f".{path.name}.loading")
    # DuckDB's lock keeps others out, so whatever lies there was left by a process that was killed.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
