"""Whether the landing zone holds what the ledger says, and nothing that the ledger does not know.

Here belongs comparing; the load log is in `verify`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator

from healthcare_elt.landing import Delivery, LandingError, LandingZone
from healthcare_elt.landing.arrivals import arrival_key, read_arrival, recorded_numbers
from healthcare_elt.landing.zone import DELIVERIES
from healthcare_elt.ledger.difference import MEND, Difference, named
from healthcare_elt.ledger.state import DeliveryState

CHUNK = 1 << 20


def landing_files(states: Iterable[DeliveryState], zone: LandingZone, hashes: bool) -> Iterator[Difference]:
    mend = "restore it from a backup, or deliver the file again."
    there = set(zone.keys(DELIVERIES))
    for state in states:
        if state.landing_key not in there:
            sentence = f"{named(state)} has no file {state.landing_key} in the landing zone; {mend}"
            yield Difference("landing file missing", state.delivery_id, sentence, False)
        elif hashes and _sha256(zone, state.landing_key) != state.sha256:
            sentence = f"{named(state)} has other bytes in the landing zone than were delivered; {mend}"
            yield Difference("landing file changed", state.delivery_id, sentence, False)


def arrival_records(
    states: Collection[DeliveryState], loaded: Collection[Delivery], zone: LandingZone, hashes: bool
) -> Iterator[Difference]:
    """Deliveries that only a record tells of, those that none tells of, and files without either."""
    told = {state.arrival: state for state in states}
    recorded = recorded_numbers(zone)
    read, damaged = _read(zone, sorted(recorded if hashes else recorded - set(told)))
    yield from damaged
    for number, delivery in read.items():
        if number in told and told[number].delivery_id != delivery.delivery_id:
            sentence = f"{arrival_key(number)} tells of another delivery than the ledger; restore it from a backup."
            yield Difference("arrival record damaged", delivery.delivery_id, sentence, False)
        elif number not in told and delivery not in loaded:  # a loaded one is told of already
            sentence = f"{named(delivery)} is in the landing zone, and the ledger does not know it; {MEND}"
            yield Difference("unknown to the ledger", delivery.delivery_id, sentence, True)
    for number in sorted(set(told) - recorded):
        sentence = f"{named(told[number])} has no {arrival_key(number)} in the landing zone; {MEND}"
        yield Difference("arrival record missing", told[number].delivery_id, sentence, told[number].details is not None)
    yield from _unknown_files(zone, {each.landing_key for each in (*states, *loaded, *read.values())})


def _read(zone: LandingZone, numbers: Iterable[int]) -> tuple[dict[int, Delivery], list[Difference]]:
    read, damaged = {}, []
    for number in numbers:
        try:
            read[number] = read_arrival(zone, number).delivery
        except LandingError as error:
            damaged.append(Difference("arrival record damaged", None, str(error), False))
    return read, damaged


def _unknown_files(zone: LandingZone, known: Collection[str]) -> Iterator[Difference]:
    for key in zone.keys(DELIVERIES):
        if key not in known:
            sentence = (
                f"{key} is in the landing zone, and nothing tells of its arrival; if its file is no longer in the "
                "inbox, deliver it again under a name with its date."
            )
            yield Difference("landing file unknown", None, sentence, False)


def _sha256(zone: LandingZone, key: str) -> str:
    digest = hashlib.sha256()
    with zone.open(key) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
