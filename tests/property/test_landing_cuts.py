"""Where landing is cut in two changes nothing: whatever was landed before is judged as if in one call."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from healthcare_elt.contracts import Column, Contract
from healthcare_elt.landing import FolderLandingZone, discover, land
from healthcare_elt.ledger import Event, Ledger, restore_arrivals
from healthcare_elt.pipeline.land import events_of

NOW = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
CONTRACT = Contract(
    system="plan",
    table="patients",
    description="People.",
    files="patients*",
    delivers="changes",
    key=["patient_id"],
    on_new_column="evolve",
    columns=(Column(name="patient_id", description="Number.", data_type="varchar", phi="direct"),),
    source_file=Path("plan.yml"),
)
CONTENTS = (b"patient_id\np1\n", b"patient_id\np2\n", b"no header\n")

files = st.lists(
    st.tuples(
        st.sampled_from(CONTENTS),
        st.none() | st.integers(1, 6),  # the day in its name
        st.integers(1, 6),  # the day on which it was last changed
    ),
    min_size=2,
    max_size=8,
)


def put(inbox: Path, number: int, content: bytes, named: int | None, modified: int) -> None:
    day = f"_2026-01-{named:02}" if named else ""
    path = inbox / "plan" / f"patients_{number}{day}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = datetime(2026, 1, modified, 1, 0, number, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


def landed(inbox: Path, home: Path, cuts: set[int], told: bool) -> tuple[list[Event], list[str]]:
    """Land all, beginning again after the outcomes whose numbers are in `cuts`; `told` is whether the ledger knows."""
    ledger, zone = Ledger(home / "ledger"), FolderLandingZone(home / "landing")
    options = {"dates": None, "now": NOW, "start_date": date(2015, 1, 1), "settle_seconds": 0.0}
    number, was_cut = 0, True
    while was_cut:
        events: list[Event] = []
        was_cut = False
        for outcome in land(discover(inbox, (CONTRACT,), UTC), zone, restore_arrivals(ledger, zone), **options):
            events += events_of(outcome, "run")
            number += 1
            was_cut = number in cuts
            if was_cut:
                break
        if told or not was_cut:
            ledger.append(events)
    return [event for event in ledger.events() if event.event != "repeated"], list(zone.keys())


def _plain(events: list[Event]) -> list[tuple[object, ...]]:
    return [(event.event, event.delivery_id, event.arrival, event.reason, event.details) for event in events]


@settings(max_examples=40, deadline=None)
@given(delivered=files, cuts=st.sets(st.integers(1, 8)), told=st.booleans())
def test_landing_in_pieces_lands_the_same_deliveries_under_the_same_numbers(
    delivered: list[tuple[bytes, int | None, int]], cuts: set[int], told: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number, file in enumerate(delivered):
            put(root / "inbox", number, *file)
        whole, whole_keys = landed(root / "inbox", root / "whole", set(), told)
        pieces, pieces_keys = landed(root / "inbox", root / "pieces", cuts, told)
        assert _plain(pieces) == _plain(whole)
        assert pieces_keys == whole_keys
