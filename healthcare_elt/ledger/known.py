"""What landing asks about the past (`landing.Known`), answered from events.

Here belongs only answering; nothing is read or written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from healthcare_elt.landing.outcome import Place
from healthcare_elt.ledger.brief import BriefEvent
from healthcare_elt.ledger.event import Event


class KnownDeliveries:
    """The past as told so far; `note` adds to it without reading the ledger again."""

    def __init__(self, events: Iterable[Event | BriefEvent] = ()) -> None:
        self._files: set[tuple[str, str, int, int]] = set()
        self._deliveries: set[str] = set()
        self._places: dict[tuple[str, str], set[Place]] = {}
        self.arrivals: set[int] = set()
        """The numbers of those that landing told of."""
        self._highest = 0
        for event in events:
            self.note(event)

    def note(self, event: Event | BriefEvent) -> None:
        if event.event in ("landed", "rejected", "repeated"):
            self._files.add((event.system, event.name, event.bytes, event.modified_ns))
        if event.arrival is None or event.event == "repeated":
            return
        self._highest = max(self._highest, event.arrival)
        if event.event in ("landed", "rejected"):
            self.arrivals.add(event.arrival)
        self._deliveries.add(event.delivery_id)
        place = Place(event.delivery_date, event.arrival, event.sha256, event.modified_ns, event.name)
        self._places.setdefault((event.system, event.table), set()).add(place)

    def is_known_file(self, system: str, name: str, bytes: int, modified_ns: int) -> bool:
        return (system, name, bytes, modified_ns) in self._files

    def has(self, delivery_id: str) -> bool:
        return delivery_id in self._deliveries

    def places(self, system: str, table: str) -> Collection[Place]:
        return self._places.get((system, table), ())

    def next_arrival(self) -> int:
        return self._highest + 1
