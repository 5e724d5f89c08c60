"""A home and what it holds: the only place where a target's adapters are chosen.

Here belongs opening things. What is done with them is in the steps beside this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from healthcare_elt.aws.queue import NoticeQueue
from healthcare_elt.contracts import Contract, Sources, SourceSystem, load_sources
from healthcare_elt.landing import Inbox, LandingZone
from healthcare_elt.ledger import Ledger
from healthcare_elt.pipeline import places
from healthcare_elt.settings import Settings
from healthcare_elt.warehouse import DuckDBWarehouse, Warehouse

OTHERS_WAIT_SECONDS = 10.0
"""The home's lock orders the steps; what else holds the warehouse is a person's query, long or short."""


class HomeLocked(Exception):
    """Another process works in the same home: one sentence that says what to do."""


@dataclass(frozen=True)
class Home:
    """One home folder with its adapters; two homes never touch."""

    settings: Settings
    s3: Any = field(default=None, kw_only=True)
    """The client of S3 that Dagster's resource made; one like it is made on demand if None."""
    connect: Any = field(default=None, kw_only=True)
    """Opens a connection to Snowflake by Dagster's resource; one like it is opened on demand if None."""

    @cached_property
    def _sources(self) -> Sources:
        return load_sources(self.settings.dbt_project / "models" / "sources")

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        return self._sources.contracts

    @cached_property
    def systems(self) -> tuple[SourceSystem, ...]:
        return self._sources.systems

    @cached_property
    def ledger(self) -> Ledger:
        return places.ledger(self.settings, self._s3)

    @cached_property
    def inbox(self) -> Inbox:
        return places.inbox(self.settings, self._s3)

    @cached_property
    def queue(self) -> NoticeQueue | None:
        return places.queue(self.settings)

    @cached_property
    def zone(self) -> LandingZone:
        return places.landing_zone(self.settings, self._s3)

    def _s3(self) -> Any:
        if self.s3:
            return self.s3
        from healthcare_elt.aws.client import client

        return client("s3")

    @property
    def is_metered(self) -> bool:
        """True if its warehouse's compute is charged for."""
        return self.settings.target == "snowflake"

    def warehouse(self, *, read_only: bool = False) -> Warehouse:
        if self.settings.target == "snowflake":
            return places.snowflake_warehouse(self.settings, self.connect)
        timeout = min(OTHERS_WAIT_SECONDS, self.settings.lock_timeout_seconds)
        return DuckDBWarehouse(
            self.settings.warehouse,
            read_only=read_only,
            lock_timeout_seconds=timeout,
            memory_limit=self.settings.memory_limit,
            spill=self.settings.spill,
        )

    @contextmanager
    def warehouse_if_there(self, *, read_only: bool = True) -> Iterator[Warehouse | None]:
        """None before the first run."""
        if self.settings.target == "local" and not self.settings.warehouse.exists():
            yield None
            return
        with self.warehouse(read_only=read_only) as warehouse:
            yield warehouse if warehouse.is_there() else None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held by every step that writes; a second process waits its turn.

        Raises:
            HomeLocked: the other process did not finish in `lock_timeout_seconds`.
        """
        with exclusive(self.settings, self.settings.lock_file):
            yield


@contextmanager
def exclusive(settings: Settings, lock_file: Path, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock of the home; the operating system gives it back when the process ends, however that happens.

    Args:
        on_wait: called once if another process holds it.

    Raises:
        HomeLocked: another process did not give it back in `lock_timeout_seconds`.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    _acquire(lock, settings, on_wait)
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, settings: Settings, on_wait: Callable[[], None]) -> None:
    with suppress(Timeout):
        lock.acquire(timeout=0)
        return
    on_wait()
    try:
        lock.acquire(timeout=settings.lock_timeout_seconds)
    except Timeout:
        raise HomeLocked(
            f"Another run works in {settings.home} and did not finish within "
            f"{settings.lock_timeout_seconds:.0f} seconds; wait for it, then run again."
        ) from None
