"""The record of each arrival, kept in the landing zone beside the deliveries.

A number is given once, for its record is created and never replaced. The ledger is where people look; what it has lost,
or was never told, is read from here. Here belongs the form of a record, and finding those that somebody lacks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from healthcare_elt.landing.delivery import Delivery
from healthcare_elt.landing.errors import LandingConflict, LandingError
from healthcare_elt.landing.zone import LandingZone

ARRIVALS = "arrivals/"


@dataclass(frozen=True)
class Arrival:
    """A delivery that is in the landing zone, and what landing said of it."""

    delivery: Delivery
    rejected: str | None
    """Why it cannot be loaded."""
    at: datetime


def arrival_key(number: int) -> str:
    return f"{ARRIVALS}{number:012}.json"


def record_arrival(zone: LandingZone, arrival: Arrival) -> None:
    """Write the record; call after the delivery itself is in the landing zone.

    Raises:
        LandingConflict: the number was given to another delivery in the meantime.
    """
    record = {
        "delivery": json.loads(arrival.delivery.to_json()),
        "rejected": arrival.rejected,
        "at": arrival.at.astimezone(UTC).isoformat(),
    }
    key = arrival_key(arrival.delivery.arrival)
    with zone.begin() as staging:
        staging.write(json.dumps(record, ensure_ascii=False).encode())
        try:
            staging.commit(key)
        except LandingConflict:
            raise LandingConflict(
                f"{key} in the landing zone was written by another home at the same time; let one home at a time land "
                "there, and run again, which takes the next number."
            ) from None


def read_arrival(zone: LandingZone, number: int) -> Arrival:
    """
    Raises:
        LandingError: the record is damaged.
    """
    key = arrival_key(number)
    with zone.open(key) as file:
        content = file.read()
    try:
        record = json.loads(content)
        delivery = Delivery.from_json(json.dumps(record["delivery"]))
        return Arrival(delivery, record["rejected"], datetime.fromisoformat(record["at"]))
    except (ValueError, KeyError, TypeError):
        raise LandingError(
            f"{key} in the landing zone is damaged; restore it from a backup, or move it away and run "
            "`healthcare-elt ledger verify --repair`, which writes it again if the delivery is known elsewhere."
        ) from None


def recorded_numbers(zone: LandingZone) -> set[int]:
    """Of all records; this lists the landing zone."""
    names = (key.removeprefix(ARRIVALS).removesuffix(".json") for key in zone.keys(ARRIVALS))
    return {int(name) for name in names if name.isdecimal()}


def arrivals_not_among(zone: LandingZone, known: Collection[int]) -> Iterator[Arrival]:
    """Those that `known` lacks, without listing the landing zone: its gaps, and what follows its highest number."""
    gaps = sorted(set(range(1, max(known, default=0))) - set(known))
    yield from (read_arrival(zone, number) for number in gaps if zone.exists(arrival_key(number)))
    number = max(known, default=0) + 1
    while zone.exists(arrival_key(number)):
        yield read_arrival(zone, number)
        number += 1
