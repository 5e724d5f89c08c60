"""What all events of a delivery together say about it.

Here belongs the fold, which gives the same answer for any order and repetition of the events. Reading them is in
`ledger`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from healthcare_elt.landing import Delivery
from healthcare_elt.ledger.event import Event

State = Literal["landed", "loaded", "rejected", "withdrawn"]
LAST = 1 << 62


@dataclass(frozen=True)
class DeliveryState:
    """One delivery and what became of it."""

    delivery_id: str
    system: str
    table: str
    delivery_date: date
    arrival: int
    name: str
    bytes: int
    sha256: str
    landing_key: str
    state: State
    rows: int | None
    rejects: int | None
    quarantined: int | None
    """Rows in quarantine when it was last looked; None if it never was, or the delivery is withdrawn."""
    superseded: bool
    repeated: int
    """How many more files held the same bytes."""
    reason: str | None
    landed_at: datetime | None
    loaded_at: datetime | None
    rejected_at: datetime | None
    withdrawn_at: datetime | None
    """None if it counts, also if it was withdrawn and then restored."""
    run_id: str | None
    details: str | None

    @property
    def delivery(self) -> Delivery | None:
        """The delivery with all that is needed to load it; None if that was never written down."""
        return Delivery.from_json(self.details) if self.details else None


def distinct(events: Iterable[Event]) -> list[Event]:
    """Each event once, the earliest telling of it, in order of arrival and time."""
    told: dict[tuple[str, ...], Event] = {}
    for event in events:
        before = told.setdefault(event.identity, event)
        if before is not event and _telling(event) < _telling(before):
            told[event.identity] = event
    return [event for _, event in sorted(told.items(), key=lambda each: (*_order(each[1]), each[0]))]


def _telling(event: Event) -> tuple[str, ...]:
    return (event.at.isoformat(), *(repr(value) for value in vars(event).values()))


def _order(event: Event) -> tuple[int, datetime, str]:
    return LAST if event.arrival is None else event.arrival, event.at, event.delivery_id


def fold(events: Iterable[Event]) -> list[DeliveryState]:
    """The state of every delivery, in order of arrival; events are distinct."""
    by_delivery: dict[str, list[Event]] = {}
    for event in events:
        by_delivery.setdefault(event.delivery_id, []).append(event)
    states = [_state(each) for each in by_delivery.values() if any(event.arrival is not None for event in each)]
    return sorted(states, key=lambda state: (state.arrival, state.delivery_id))


def _state(events: list[Event]) -> DeliveryState:
    latest: dict[str, Event] = {event.event: event for event in events}
    landed, loaded, rejected = (latest.get(kind) for kind in ("landed", "loaded", "rejected"))
    base = landed or rejected or loaded or next(event for event in events if event.arrival is not None)
    quarantined, superseded, withdrawn = (latest.get(kind) for kind in ("quarantined", "superseded", "withdrawn"))
    if withdrawn and "restored" in latest and latest["restored"].at >= withdrawn.at:
        withdrawn = None
    rejected_at = rejected.at if rejected else None
    # The load log, from which `loaded` comes, outweighs an earlier verdict that the file is unreadable.
    if loaded or (landed and rejected and landed.at > rejected.at):  # what its contract rejected, another one took
        rejected = None
    decided: Event | None = loaded or rejected
    return DeliveryState(
        delivery_id=base.delivery_id,
        system=base.system,
        table=base.table,
        delivery_date=base.delivery_date,
        arrival=base.arrival if base.arrival is not None else LAST,
        name=base.name,
        bytes=base.bytes,
        sha256=base.sha256,
        landing_key=base.landing_key,
        state="withdrawn" if withdrawn else "loaded" if loaded else "rejected" if rejected else "landed",
        rows=loaded.rows if loaded else None,
        rejects=loaded.rejects if loaded else None,
        quarantined=quarantined.rows if quarantined and not withdrawn else None,
        superseded=superseded is not None and superseded.rows != 0 and not withdrawn,
        repeated=sum(event.event == "repeated" for event in events),
        reason=withdrawn.reason if withdrawn else rejected.reason if rejected else None,
        landed_at=landed.at if landed else None,
        loaded_at=loaded.at if loaded else None,
        rejected_at=rejected_at,
        withdrawn_at=withdrawn.at if withdrawn else None,
        run_id=decided.run_id if decided else base.run_id,
        details=next((event.details for event in (landed, loaded, rejected, *events) if event and event.details), None),
    )
