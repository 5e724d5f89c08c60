"""The ledger is convergent: order, split and repetition of its events change nothing."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from delivered import a_delivery
from effort import effort
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.landing import Delivery
from healthcare_elt.ledger import Event, KnownDeliveries, Ledger

START = datetime(2026, 1, 1, tzinfo=UTC)


def delivery(number: int, name: str) -> Delivery:
    day = date(2026, 1, 1 + number % 4)
    return a_delivery(1 + number, day=day, sha256=f"{number % 3:064x}", name=name, bytes=number, modified_ns=number)


events = st.lists(
    st.builds(
        lambda kind, number, name, minutes, rows, run: Event.of(
            kind,
            delivery(number, name),
            START + timedelta(minutes=minutes),
            rows=rows,
            reason=run if kind == "rejected" else None,
            run_id=run,
        ),
        st.sampled_from(
            ["landed", "repeated", "rejected", "loaded", "quarantined", "superseded", "withdrawn", "restored"]
        ),
        st.integers(0, 11),
        st.sampled_from(["a.csv", "b.csv"]),
        st.integers(0, 3),
        st.none() | st.integers(0, 3),
        st.none() | st.sampled_from(["one", "two"]),
    ),
    max_size=25,
)


def written(folder: str, told: Sequence[Event], cuts: Sequence[int]) -> Ledger:
    ledger = Ledger(Path(folder))
    edges = [0, *sorted(min(cut, len(told)) for cut in cuts), len(told)]
    for start, end in pairwise(edges):
        ledger.append(told[start:end])
    return ledger


@effort(60, 120)
@given(told=events, cuts=st.lists(st.integers(0, 40), max_size=4), seed=st.integers(0, 1000), data=st.data())
def test_any_order_split_and_repetition_of_events_folds_to_the_same_state(
    tried: Callable[[], None], told: list[Event], cuts: list[int], seed: int, data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=8)) if told else []
    shuffled = [*told, *repeated]
    random.Random(seed).shuffle(shuffled)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        plain, mixed = written(one, told, []), written(other, shuffled, cuts)
        assert mixed.events() == plain.events()
        assert mixed.deliveries() == plain.deliveries()
        assert mixed.known().next_arrival() == plain.known().next_arrival()
    tried()


@effort(40, 80)
@given(told=events, cuts=st.lists(st.integers(0, 40), max_size=4), removed=st.integers(0, 5))
def test_compaction_interrupted_at_any_point_loses_nothing(
    tried: Callable[[], None], told: list[Event], cuts: list[int], removed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = written(folder, told, cuts)
        before = ledger.events()
        old = {path: path.read_bytes() for path in sorted(Path(folder).glob("*.parquet"))}
        ledger.compact()
        for path, content in list(old.items())[removed:]:  # as if it had been killed before removing these
            path.write_bytes(content)
        assert ledger.events() == before
        ledger.compact()
        assert ledger.events() == before
        assert len(list(Path(folder).iterdir())) == min(len(old), 1)
    tried()


@effort(60, 120)
@given(told=events, cut=st.integers(0, 25))
def test_noting_events_is_as_good_as_reading_them(tried: Callable[[], None], told: list[Event], cut: int) -> None:
    noted = KnownDeliveries(told[:cut])
    for event in told[cut:]:
        noted.note(event)
    read = KnownDeliveries(reversed(told))
    assert noted.next_arrival() == read.next_arrival()
    assert noted.places("plan", "patients") == read.places("plan", "patients")
    assert all(noted.has(event.delivery_id) == read.has(event.delivery_id) for event in told)
    tried()
