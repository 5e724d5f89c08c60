"""The ledger: append events, read what they say, keep their files few.

Here belongs the ledger as its users see it. Segments are in `segments`, meaning in `state`, the readable form in
`export`, comparing with the warehouse in `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from healthcare_elt.landing import Delivery
from healthcare_elt.ledger.brief import BRIEF, BriefEvent, brief_from_table
from healthcare_elt.ledger.event import SCHEMA, Event, from_table, to_table
from healthcare_elt.ledger.export import write_csv
from healthcare_elt.ledger.folder_store import FolderStore
from healthcare_elt.ledger.known import KnownDeliveries
from healthcare_elt.ledger.segments import Segments, SegmentStore
from healthcare_elt.ledger.state import DeliveryState, distinct, fold


class LedgerError(Exception):
    """The ledger cannot be written: one sentence that says where and what to do."""


class Ledger:
    """The Parquet record, in a folder or in S3, of what happened to every delivery."""

    def __init__(
        self, store: SegmentStore | Path, on_append: Callable[[list[Event]], None] = lambda events: None
    ) -> None:
        """
        Args:
            store: where its segments are; a path is a folder of this machine.
            on_append: told of events once they are written.
        """
        self._on_append = on_append
        self.store = FolderStore(store) if isinstance(store, Path) else store
        self._segments = Segments(self.store, SCHEMA)

    def append(self, events: Iterable[Event]) -> None:
        """Write events down for good; no event, no file.

        Raises:
            LedgerError: it cannot be written.
        """
        if events := list(events):
            self._write(to_table(events))
            self._on_append(events)

    def events(self, among: Collection[str] | None = None) -> list[Event]:
        """Every event, or every event of these deliveries, once, in order of arrival and time."""
        if among is not None and not among:
            return []
        tables = self._segments.read().tables.values()
        return distinct(event for table in tables for event in from_table(_kept(table, among)))

    def deliveries(self, among: Collection[str] | None = None) -> list[DeliveryState]:
        """Every delivery, or these, and what became of it, in order of arrival."""
        return fold(self.events(among))

    def known(self) -> KnownDeliveries:
        return KnownDeliveries(self.brief())

    def brief(self) -> Iterator[BriefEvent]:
        """Every event in a few words, in any order and perhaps twice: quick, whatever the length of history."""
        for table in self._segments.read(BRIEF).tables.values():
            yield from brief_from_table(table)

    def landed_not_loaded(self, loaded_ids: Collection[str]) -> list[Delivery]:
        """What is to be loaded: all that can be read, counts, and is not in the warehouse's load log."""
        told = self._segments.read(["delivery_id"]).tables.values()
        ids = {delivery_id for table in told for delivery_id in table["delivery_id"].unique().to_pylist()}
        waiting = (
            state.delivery
            for state in self.deliveries(ids.difference(loaded_ids))
            if state.state not in ("rejected", "withdrawn")
        )
        return [delivery for delivery in waiting if delivery is not None]

    def rejected(self) -> list[DeliveryState]:
        """Deliveries that are rejected, in order of arrival; the others are not told in full."""
        ids = {brief.delivery_id for brief in self.brief() if brief.event == "rejected"}
        return [state for state in self.deliveries(ids) if state.state == "rejected"]

    def unreadable_segments(self) -> tuple[str, ...]:
        return self._segments.read().unreadable

    def missing_segments(self) -> tuple[int, ...]:
        """Numbers of segments that somebody removed; only those between others can be told."""
        return self._segments.read().missing

    def set_aside(self, names: Collection[str]) -> None:
        """Keep damaged segments where no reader looks, under hidden names."""
        if names:  # the folder may be gone with all of them
            self.store.hide(names)

    def export_csv(self, path: Path) -> None:
        """The deliveries as a CSV file for people; rewritten only if it would change."""
        write_csv(self.deliveries(), path)

    def compact(self, keep: int = 1) -> int:
        """Merge segments if there are more than `keep`; how many files went away.

        A segment that holds more events than all smaller ones together is left as it is, where `keep` allows it: an
        event is then written again a few times in its life, and not at every compaction.
        Killed at any point it leaves every event in one or two segments, and readers count it once.
        """
        self.store.clean()
        if len(self._segments.names()) <= max(keep, 1):
            return 0
        tables = self._segments.read().tables
        if len(tables) <= max(keep, 1):
            return 0
        merged = _smaller(tables, leave=max(keep, 1) - 1)
        events = distinct(event for name in merged for event in from_table(tables[name]))
        self._write(to_table(events))
        self.store.remove(merged)
        return len(merged) - 1

    def _write(self, table: pa.Table) -> None:
        try:
            self._segments.write(table)
        except OSError as error:
            raise LedgerError(
                f"The ledger in {self.store} could not be written ({error.strerror or error}); "
                "free space or give the right to write there, then run again."
            ) from error


def _kept(table: pa.Table, among: Collection[str] | None) -> pa.Table:
    if among is None:
        return table
    wanted, places = set(among), enumerate(table["delivery_id"].to_pylist())
    slices = [
        [place for place, _ in stretch]
        for is_wanted, stretch in groupby(places, key=lambda each: each[1] in wanted)
        if is_wanted
    ]
    return pa.concat_tables([table.slice(0, 0), *(table.slice(each[0], len(each)) for each in slices)])


def _smaller(tables: dict[str, pa.Table], leave: int) -> list[str]:
    """The segments to merge: all but the largest ones, at most `leave`, that outweigh what is smaller."""
    names = sorted(tables, key=lambda name: tables[name].num_rows, reverse=True)
    rest = sum(table.num_rows for table in tables.values())
    for left, name in enumerate(names):
        rest -= tables[name].num_rows
        if left == leave or tables[name].num_rows <= rest:
            return sorted(names[left:])
    return []
