"""A small cut of `make drift`: the largest shift of each kind is seen by its check, and quiet days raise no alarm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rendered import judge_of
from shifts import SHIFTS, Outcome, measure

SEEDS = 2


@pytest.fixture(scope="module")
def outcome(module_home) -> Outcome:
    most = [replace(shift, sizes=shift.sizes[-1:]) for shift in SHIFTS]
    return measure(judge_of(module_home()), SEEDS, SEEDS, most, patients=3000)


def test_the_largest_shift_of_each_kind_is_seen_in_every_seed(outcome: Outcome) -> None:
    seen = {shift.kind: outcome.seen[shift.kind, shift.sizes[-1], shift.check] for shift in SHIFTS}
    assert seen == dict.fromkeys((shift.kind for shift in SHIFTS), SEEDS)


def test_no_comparison_of_unshifted_deliveries_is_called_drift(outcome: Outcome) -> None:
    assert sum(outcome.judged.values()) > 500
    assert outcome.alarms.total() == 0
