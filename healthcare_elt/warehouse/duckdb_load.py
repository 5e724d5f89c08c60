"""Deliveries of one table, read by DuckDB, into bronze.

Here belongs the order of the steps, and that one unreadable delivery keeps no other from loading. How rows are read
is in `duckdb_stage`; how they are written is each engine's business (`bronze`).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, LandingError, LandingZone
from healthcare_elt.warehouse.batches import batches
from healthcare_elt.warehouse.bronze import Batch, Bronze, NotWritten
from healthcare_elt.warehouse.csv_file import CsvFile, csv_file
from healthcare_elt.warehouse.duckdb_csv import ReadAlone
from healthcare_elt.warehouse.duckdb_errors import cause, is_of_machine
from healthcare_elt.warehouse.duckdb_stage import Source, stage
from healthcare_elt.warehouse.errors import DamagedFile, LoadError
from healthcare_elt.warehouse.near import near
from healthcare_elt.warehouse.outcome import Loaded, Outcome, Unreadable

PARTS = 8
"""So that one bad file among thousands costs some dozens of transactions, and all files are read about twice."""


@dataclass(frozen=True)
class Load:
    """One call of `load`."""

    connection: duckdb.DuckDBPyConnection
    """The engine that reads."""
    bronze: Bronze
    contract: Contract
    zone: LandingZone
    work: Path
    """A folder for copies, inside the PHI zone, emptied by the caller."""
    run_id: str
    now: datetime

    def run(self, deliveries: Sequence[Delivery]) -> Iterator[Outcome]:
        there, gone = self.sought(deliveries)
        self.add_columns(there)
        yield from self.read(there)
        self._complain(gone)

    def read(self, there: Sequence[Delivery]) -> Iterator[Outcome]:
        """Load those that are in the landing zone, into bronze that has their columns."""
        sources: list[Source] = []
        for delivery in in_order(there):
            source = self._source(delivery)
            if isinstance(source, Unreadable):
                yield source
            else:
                sources.append(source)
        for batch in batches(sources):
            yield from self._load(batch)

    def sought(self, deliveries: Sequence[Delivery]) -> tuple[list[Delivery], list[Delivery]]:
        """Those that are in the landing zone, and those that are gone from it."""
        try:
            held = self.zone.held([delivery.landing_key for delivery in deliveries])
        except LandingError as error:
            raise self.failed(deliveries, _clause(error)) from None
        there = [delivery for delivery in deliveries if delivery.landing_key in held]
        return there, [delivery for delivery in deliveries if delivery.landing_key not in held]

    def add_columns(self, deliveries: Sequence[Delivery]) -> None:
        if self.contract.on_new_column != "evolve":
            return
        names = [name for delivery in deliveries for name in delivery.new_columns]
        try:
            if names:
                self.bronze.add_columns(self.contract, names)
        except NotWritten as error:
            raise self.failed(deliveries, str(error)) from None

    def _source(self, delivery: Delivery) -> Source | Unreadable:
        if delivery.format != "csv":
            return delivery
        try:
            return csv_file(delivery, self.zone, self.work)
        except DamagedFile as damage:
            return self._unreadable(delivery, str(damage))
        except OSError as error:
            raise self.failed([delivery], _words(error)) from None
        except LandingError as error:
            raise self.failed([delivery], _clause(error)) from None

    def _load(self, sources: Sequence[Source]) -> Iterator[Outcome]:
        """A batch in one transaction; if a file in it cannot be read, in parts, until that one is alone."""
        found = self._staged(sources)
        if isinstance(found, Batch):
            yield from self._committed(found)
        elif len(sources) > 1:
            length = -(-len(sources) // PARTS)
            for start in range(0, len(sources), length):
                yield from self._load(sources[start : start + length])
        else:
            yield self._unreadable(_delivery(sources[0]), found)

    def _staged(self, sources: Sequence[Source]) -> Batch | str:
        """The batch ready to commit, or why a file in it cannot be read."""
        deliveries = [_delivery(source) for source in sources]
        try:
            with near(self.zone, filter(None, map(_still_there, sources)), self.work) as zone:
                at_hand = [_read_from(zone, source) for source in sources]
                return Batch(deliveries, stage(self.connection, at_hand, zone, self.work))
        except ReadAlone:
            return "has to be read alone"
        except DamagedFile as damage:
            return str(damage)
        except duckdb.Error as error:
            if is_of_machine(error):
                raise self.failed(deliveries, cause(error)) from None
            return f"cannot be read as {deliveries[0].format} ({type(error).__name__})"
        except OSError as error:
            raise self.failed(deliveries, _words(error)) from None
        except LandingError as error:
            raise self.failed(deliveries, _clause(error)) from None

    def _committed(self, batch: Batch) -> list[Loaded]:
        try:
            return self.bronze.commit(self.contract, batch, self.run_id, self.now)
        except NotWritten as error:
            raise self.failed(batch.deliveries, str(error)) from None

    def _complain(self, gone: Sequence[Delivery]) -> None:
        if gone:
            raise self.failed(
                gone,
                f"{gone[0].landing_key} is missing from the landing zone; "
                "restore it from a backup or deliver the file again, and run again",
            )

    def _unreadable(self, delivery: Delivery, why: str) -> Unreadable:
        reason = f"{self.contract.name}: {delivery.name} {why}; deliver it again."
        return Unreadable(delivery.delivery_id, reason)

    def failed(self, deliveries: Sequence[Delivery], why: str) -> LoadError:
        first, more = deliveries[0], len(deliveries) - 1
        others = f" and {more} more" if more else ""
        return LoadError(
            f"{self.contract.name}: delivery {first.delivery_id} ({first.name}){others} is not loaded: {why}."
        )


def in_order(deliveries: Sequence[Delivery]) -> list[Delivery]:
    return sorted(deliveries, key=lambda each: (each.delivery_date, each.arrival))


def _delivery(source: Source) -> Delivery:
    return source.delivery if isinstance(source, CsvFile) else source


def _still_there(source: Source) -> Delivery | None:
    """The delivery if its bytes are read from the landing zone; None if a copy is made already."""
    return None if isinstance(source, CsvFile) and source.copy else _delivery(source)


def _read_from(zone: LandingZone, source: Source) -> Source:
    return replace(source, zone=zone) if isinstance(source, CsvFile) else source


def _clause(error: LandingError) -> str:
    return str(error).removesuffix(".")


def _words(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full; free space and run again"
    return f"a file cannot be read or written ({error.strerror or type(error).__name__}); mend that and run again"
