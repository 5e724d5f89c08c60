"""Whether the ledger, the warehouse's load log and the landing zone say the same.

Here belongs finding differences, and writing into the ledger what the load log knows better. The load log is never
changed from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.ledger.event import Event
from healthcare_elt.ledger.ledger import Ledger
from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.warehouse.load_log import LoadLogEntry

Kind = Literal[
    "unreadable segment",
    "unknown to the ledger",
    "loaded, not in the ledger",
    "loaded, not in the load log",
    "landing file missing",
    "landing file changed",
]
CHUNK = 1 << 20


@dataclass(frozen=True)
class Difference:
    kind: Kind
    delivery_id: str | None
    sentence: str
    repairable: bool
    """True if `repair` mends it."""


def verify(
    ledger: Ledger, load_log: Iterable[LoadLogEntry], zone: LandingZone, *, hashes: bool = False
) -> list[Difference]:
    """Every difference; with `hashes` each landing file is read whole."""
    log = {entry.delivery_id: entry for entry in load_log}
    states = {state.delivery_id: state for state in ledger.deliveries()}
    return [
        *_unreadable(ledger),
        *_missing_in_ledger(log, states),
        *_missing_in_log(log, states),
        *_landing_files(states.values(), zone, hashes),
    ]


def repair(ledger: Ledger, load_log: Iterable[LoadLogEntry]) -> list[Event]:
    """Write the events that the load log knows of and the ledger does not; which ones they were."""
    told: dict[str, set[str]] = {}
    for event in ledger.brief():
        told.setdefault(event.delivery_id, set()).add(event.event)
    missing = [event for entry in load_log for event in _missing_events(entry, told.get(entry.delivery_id, set()))]
    ledger.append(missing)
    return missing


def _missing_events(entry: LoadLogEntry, told: set[str]) -> Iterator[Event]:
    loaded_at = entry.loaded_at.replace(tzinfo=UTC)
    if not told & {"landed", "rejected"}:
        yield Event.of("landed", Delivery.from_json(entry.details), loaded_at, run_id=entry.run_id)
    if "loaded" not in told:
        delivery = Delivery.from_json(entry.details)
        yield Event.of("loaded", delivery, loaded_at, rows=entry.rows, rejects=entry.rejects, run_id=entry.run_id)


def _unreadable(ledger: Ledger) -> Iterator[Difference]:
    for name in ledger.unreadable_segments():
        yield Difference(
            "unreadable segment",
            None,
            f"Segment {name} of the ledger in {ledger.folder} is cut off or damaged; restore it from a backup, "
            "or move it away and run `healthcare-elt ledger verify --repair`.",
            False,
        )


def _missing_in_ledger(log: dict[str, LoadLogEntry], states: dict[str, DeliveryState]) -> Iterator[Difference]:
    mend = "run `healthcare-elt ledger verify --repair`."
    for delivery_id, entry in log.items():
        state = states.get(delivery_id)
        what = f"{entry.system}.{entry.table}: delivery {delivery_id} ({entry.name})"
        if state is None:
            sentence = f"{what} is loaded, and the ledger does not know it; {mend}"
            yield Difference("unknown to the ledger", delivery_id, sentence, True)
        elif state.state != "loaded":
            sentence = f"{what} is loaded, and the ledger says {state.state}; {mend}"
            yield Difference("loaded, not in the ledger", delivery_id, sentence, True)


def _missing_in_log(log: dict[str, LoadLogEntry], states: dict[str, DeliveryState]) -> Iterator[Difference]:
    for delivery_id, state in states.items():
        if state.state == "loaded" and delivery_id not in log:
            yield Difference(
                "loaded, not in the load log",
                delivery_id,
                f"{_named(state)} is loaded by the ledger, and not in the warehouse's load log; "
                "the next `healthcare-elt run` loads it.",
                False,
            )


def _landing_files(states: Iterable[DeliveryState], zone: LandingZone, hashes: bool) -> Iterator[Difference]:
    mend = "restore it from a backup, or deliver the file again."
    for state in states:
        if not zone.exists(state.landing_key):
            sentence = f"{_named(state)} has no file {state.landing_key} in the landing zone; {mend}"
            yield Difference("landing file missing", state.delivery_id, sentence, False)
        elif hashes and _sha256(zone, state.landing_key) != state.sha256:
            sentence = f"{_named(state)} has other bytes in the landing zone than were delivered; {mend}"
            yield Difference("landing file changed", state.delivery_id, sentence, False)


def _named(state: DeliveryState) -> str:
    return f"{state.system}.{state.table}: delivery {state.delivery_id} ({state.name})"


def _sha256(zone: LandingZone, key: str) -> str:
    digest = hashlib.sha256()
    with zone.open(key) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
