"""Writing into the ledger what it was never told, or has lost.

Here belongs what the landing zone's arrival records and the warehouse's load log know better; neither is ever
overruled from here. Finding what differs is in `verify`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.landing.arrivals import Arrival, arrivals_not_among, record_arrival, recorded_numbers
from healthcare_elt.ledger.brief import BriefEvent
from healthcare_elt.ledger.event import Event
from healthcare_elt.ledger.known import KnownDeliveries
from healthcare_elt.ledger.ledger import Ledger
from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.warehouse.load_log import BriefLoad, LoadLogEntry

Told = dict[str, datetime]
"""When each kind of event of a delivery was last told."""


def restore_arrivals(ledger: Ledger, zone: LandingZone) -> KnownDeliveries:
    """Write the deliveries that landed unnoticed; all that is then known of the past.

    Raises:
        LandingError: a record that is needed is damaged.
    """
    known = ledger.known()
    unnoticed = _unnoticed(known, zone)
    ledger.append(unnoticed)
    for event in unnoticed:
        known.note(event)
    return known


def repair(ledger: Ledger, load_log: Iterable[LoadLogEntry], zone: LandingZone) -> list[Event]:
    """Write the events that landing zone and load log know of and the ledger does not; which ones they were.

    Raises:
        LandingError: a record that is needed is damaged.
    """
    brief = list(ledger.brief())
    missing = _unnoticed(KnownDeliveries(brief), zone)
    told = _told_by((*brief, *missing))
    missing += [event for entry in load_log for event in _missing_events(entry, told.get(entry.delivery_id, {}))]
    ledger.append(missing)
    return missing


def has_heard(ledger: Ledger, loads: Iterable[BriefLoad]) -> bool:
    """True if the load log, of which this is the brief form, has nothing to `repair` the ledger from."""
    told = _told_by(ledger.brief())
    return all(
        {"landed", "rejected"} & heard.keys() and "loaded" in heard and _is_withdrawn(heard) == load.withdrawn
        for load in loads
        for heard in [told.get(load.delivery_id, {})]
    )


def write_missing_records(ledger: Ledger, zone: LandingZone) -> list[int]:
    """Write the arrival record of each delivery that has none; their numbers."""
    recorded = recorded_numbers(zone)
    missing = [state for state in ledger.deliveries() if state.arrival not in recorded and state.delivery]
    for state in missing:
        record_arrival(zone, _arrival(state))
    return [state.arrival for state in missing]


def _told_by(events: Iterable[Event | BriefEvent]) -> dict[str, Told]:
    told: dict[str, Told] = {}
    for event in events:
        last = told.setdefault(event.delivery_id, {})
        last[event.event] = max(event.at, last.get(event.event, event.at))
    return told


def _is_withdrawn(told: Told) -> bool:
    return "withdrawn" in told and not ("restored" in told and told["restored"] >= told["withdrawn"])


def _unnoticed(known: KnownDeliveries, zone: LandingZone) -> list[Event]:
    return [_arrived(arrival) for arrival in arrivals_not_among(zone, known.arrivals)]


def _arrived(arrival: Arrival) -> Event:
    if arrival.rejected:
        return Event.of("rejected", arrival.delivery, arrival.at, reason=arrival.rejected)
    return Event.of("landed", arrival.delivery, arrival.at)


def _arrival(state: DeliveryState) -> Arrival:
    moment = state.landed_at or state.rejected_at or state.loaded_at
    assert state.delivery and moment
    return Arrival(state.delivery, None if state.landed_at else state.reason, moment)


def _missing_events(entry: LoadLogEntry, told: Told) -> Iterator[Event]:
    loaded_at = entry.loaded_at.replace(tzinfo=UTC)
    if "landed" not in told and "rejected" not in told:
        yield Event.of("landed", Delivery.from_json(entry.details), loaded_at, run_id=entry.run_id)
    if "loaded" not in told:
        delivery = Delivery.from_json(entry.details)
        yield Event.of("loaded", delivery, loaded_at, rows=entry.rows, rejects=entry.rejects, run_id=entry.run_id)
    if entry.withdrawn_at and not _is_withdrawn(told):
        at, delivery = entry.withdrawn_at.replace(tzinfo=UTC), Delivery.from_json(entry.details)
        yield Event.of("withdrawn", delivery, at, reason=entry.withdrawn_reason)
    elif _is_withdrawn(told) and not entry.withdrawn_at:
        after = told["withdrawn"] + timedelta(microseconds=1)
        yield Event.of("restored", Delivery.from_json(entry.details), max(datetime.now(UTC), after))
