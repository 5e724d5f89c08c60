"""The ledger: append events, read what they say, keep their files few.

Here belongs the ledger as its users see it. Files are in `segments`, meaning in `state`, the readable form in
`export`, comparing with the warehouse in `verify`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa

from healthcare_elt.landing import Delivery
from healthcare_elt.ledger.event import SCHEMA, Event, from_table, to_table
from healthcare_elt.ledger.export import write_csv
from healthcare_elt.ledger.known import KnownDeliveries
from healthcare_elt.ledger.segments import Segments
from healthcare_elt.ledger.state import DeliveryState, distinct, fold


class LedgerError(Exception):
    """The ledger cannot be written: one sentence that says where and what to do."""


class Ledger:
    """The Parquet record, in a folder, of what happened to every delivery."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._segments = Segments(folder, SCHEMA)

    def append(self, events: Iterable[Event]) -> None:
        """Write events down for good; no event, no file.

        Raises:
            LedgerError: the folder cannot be written.
        """
        table = to_table(events)
        if table.num_rows:
            self._write(table)

    def events(self) -> list[Event]:
        """Every event once, in order of arrival and time."""
        return distinct(event for table in self._segments.read().tables.values() for event in from_table(table))

    def deliveries(self) -> list[DeliveryState]:
        """Every delivery and what became of it, in order of arrival."""
        return fold(self.events())

    def known(self) -> KnownDeliveries:
        return KnownDeliveries(self.events())

    def landed_not_loaded(self, loaded_ids: Collection[str]) -> list[Delivery]:
        """What is to be loaded: all that can be read, counts, and is not in the warehouse's load log."""
        waiting = (
            state.delivery
            for state in self.deliveries()
            if state.state not in ("rejected", "withdrawn") and state.delivery_id not in loaded_ids
        )
        return [delivery for delivery in waiting if delivery is not None]

    def unreadable_segments(self) -> tuple[str, ...]:
        return self._segments.read().unreadable

    def missing_segments(self) -> tuple[int, ...]:
        """Numbers of segments that somebody removed; only those between others can be told."""
        return self._segments.read().missing

    def set_aside(self, names: Collection[str]) -> None:
        """Keep damaged segments where no reader looks, under hidden names."""
        self._segments.hide(names)

    def export_csv(self, path: Path) -> None:
        """The deliveries as a CSV file for people; rewritten only if it would change."""
        write_csv(self.deliveries(), path)

    def compact(self, keep: int = 1) -> int:
        """Merge into one segment if there are more than `keep`; how many files went away.

        Killed at any point it leaves every event in one or two segments, and readers count it once.
        """
        self._segments.clean()
        contents = self._segments.read()
        merged = list(contents.tables)
        if len(merged) <= max(keep, 1):
            return 0
        events = distinct(event for table in contents.tables.values() for event in from_table(table))
        self._write(to_table(events))
        self._segments.remove(merged)
        return len(merged) - 1

    def _write(self, table: pa.Table) -> None:
        try:
            self._segments.write(table)
        except OSError as error:
            raise LedgerError(
                f"The ledger in {self.folder} could not be written ({error.strerror or error}); "
                "free space or give the right to write there, then run again."
            ) from error
