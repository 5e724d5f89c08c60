"""Whether the ledger, the warehouse's load log and the landing zone say the same.

Here belongs looking at the ledger itself and comparing it with the load log; the landing zone is in `verify_landing`,
mending in `repair`. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.ledger.difference import MEND, Difference, named
from healthcare_elt.ledger.ledger import Ledger
from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.ledger.verify_landing import arrival_records, landing_files
from healthcare_elt.warehouse.load_log import LoadLogEntry


def verify(
    ledger: Ledger, load_log: Iterable[LoadLogEntry], zone: LandingZone, *, hashes: bool = False
) -> list[Difference]:
    """Every difference; with `hashes` each landing file and arrival record is read whole."""
    log = {entry.delivery_id: entry for entry in load_log}
    states = {state.delivery_id: state for state in ledger.deliveries()}
    loaded = [Delivery.from_json(entry.details) for entry in log.values()]
    return [
        *_segments(ledger),
        *_missing_in_ledger(log, states),
        *_missing_in_log(log, states),
        *landing_files(states.values(), zone, hashes),
        *arrival_records(states.values(), loaded, zone, hashes),
    ]


def _segments(ledger: Ledger) -> Iterator[Difference]:
    where = f"of the ledger in {ledger.store}"
    for name in ledger.unreadable_segments():
        sentence = f"Segment {name} {where} is cut off, empty or damaged; restore it from a backup, or {MEND}"
        yield Difference("unreadable segment", None, sentence, True)
    for number in ledger.missing_segments():
        sentence = f"Segment {number:012} {where} is missing; restore it from a backup, or {MEND}"
        yield Difference("missing segment", None, sentence, True)


def _missing_in_ledger(log: dict[str, LoadLogEntry], states: dict[str, DeliveryState]) -> Iterator[Difference]:
    for delivery_id, entry in log.items():
        state = states.get(delivery_id)
        what = f"{entry.system}.{entry.table}: delivery {delivery_id} ({entry.name})"
        if state is None:
            sentence = f"{what} is loaded, and the ledger does not know it; {MEND}"
            yield Difference("unknown to the ledger", delivery_id, sentence, True)
        elif state.loaded_at is None:
            sentence = f"{what} is loaded, and the ledger says {state.state}; {MEND}"
            yield Difference("loaded, not in the ledger", delivery_id, sentence, True)
        elif entry.withdrawn_at and not state.withdrawn_at:
            sentence = f"{what} is withdrawn, and the ledger says {state.state}; {MEND}"
            yield Difference("withdrawn, not in the ledger", delivery_id, sentence, True)
        elif state.withdrawn_at and not entry.withdrawn_at:
            sentence = f"{what} counts by the load log, and the ledger says {state.state}; {MEND}"
            yield Difference("withdrawn, not in the load log", delivery_id, sentence, True)


def _missing_in_log(log: dict[str, LoadLogEntry], states: dict[str, DeliveryState]) -> Iterator[Difference]:
    for delivery_id, state in states.items():
        if state.state == "loaded" and delivery_id not in log:
            yield Difference(
                "loaded, not in the load log",
                delivery_id,
                f"{named(state)} is loaded by the ledger, and not in the warehouse's load log; "
                "the next `healthcare-elt run` loads it.",
                False,
            )
