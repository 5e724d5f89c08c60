"""What landing asks about the past (`landing.Known`), answered from events.

Here belongs only answering; nothing is read or written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from healthcare_elt.ledger.brief import BriefEvent
from healthcare_elt.ledger.event import Event


class KnownDeliveries:
    """The past as told so far; `note` adds to it without reading the ledger again."""

    def __init__(self, events: Iterable[Event | BriefEvent] = ()) -> None:
        self._files: set[tuple[str, str, int, int]] = set()
        self._deliveries: set[str] = set()
        self._latest: dict[tuple[str, str], tuple[date, int, str]] = {}
        self._arrival = 0
        for event in events:
            self.note(event)

    def note(self, event: Event | BriefEvent) -> None:
        if event.event in ("landed", "rejected", "repeated"):
            self._files.add((event.system, event.name, event.bytes, event.modified_ns))
        if event.arrival is None or event.event == "repeated":
            return
        self._arrival = max(self._arrival, event.arrival)
        self._deliveries.add(event.delivery_id)
        table = event.system, event.table
        this = event.delivery_date, event.arrival, event.sha256
        self._latest[table] = max(self._latest.get(table, this), this)

    def is_known_file(self, system: str, name: str, bytes: int, modified_ns: int) -> bool:
        return (system, name, bytes, modified_ns) in self._files

    def has(self, delivery_id: str) -> bool:
        return delivery_id in self._deliveries

    def latest_sha256(self, system: str, table: str) -> str | None:
        latest = self._latest.get((system, table))
        return latest[2] if latest else None

    def next_arrival(self) -> int:
        return self._arrival + 1
