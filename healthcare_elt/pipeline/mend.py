"""Mending the ledger of a home: from the landing zone, the load log and silver."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from healthcare_elt.ledger import Difference, Event, repair, verify, write_missing_records
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.transform import told_by_silver
from healthcare_elt.transform.state import outstanding
from healthcare_elt.warehouse import LoadLogEntry


@dataclass(frozen=True)
class Mended:
    """What mending did."""

    set_aside: tuple[str, ...]
    """Damaged segments, kept under hidden names."""
    events: int
    """Written into the ledger."""
    records: int
    """Arrival records written into the landing zone."""


def differences(home: Home, *, hashes: bool = False) -> list[Difference]:
    """What ledger, load log and landing zone say differently."""
    with home.lock():
        return verify(home.ledger, _load_log(home), home.zone, hashes=hashes)


def mend(home: Home) -> Mended:
    """Write everything that is known elsewhere and that the ledger, or an arrival record, lacks.

    Raises:
        LandingError: an arrival record that is needed is damaged.
    """
    with home.lock():
        damaged = home.ledger.unreadable_segments()
        home.ledger.set_aside(damaged)
        events = [*repair(home.ledger, _load_log(home), home.zone), *_told_by_silver(home)]
        records = write_missing_records(home.ledger, home.zone)
        if home.ledger.missing_segments():  # what they told is told again, and one whole segment has no gaps
            home.ledger.compact()
    return Mended(damaged, len(events), len(records))


def _load_log(home: Home) -> list[LoadLogEntry]:
    with home.warehouse_if_there() as warehouse:
        return warehouse.load_log() if warehouse else []


def _told_by_silver(home: Home) -> list[Event]:
    """Of the source tables that are up to date in silver; of the others the next run tells it."""
    with home.warehouse_if_there() as warehouse:
        if not warehouse:
            return []
        todo = outstanding(home.settings, warehouse, home.contracts)
        up_to_date = {contract.relation for contract in home.contracts} - todo.states.keys()
        events = told_by_silver(home, warehouse, up_to_date, str(uuid4()))
    home.ledger.append(events)
    return events
