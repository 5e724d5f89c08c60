"""`healthcare-elt run` killed at random moments: running again gives what an undisturbed run gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import SystemRandom

import pytest
from kill import finish, kill_again_and_again

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.mend import differences
from healthcare_elt.sample import write_sample

pytestmark = pytest.mark.e2e

MakeHome = Callable[..., Home]
Contents = Callable[..., dict[str, list[str]]]

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
KILLS = 5
"""In one home, each after another part of the sample has been delivered."""
ROUNDS = 6 if IS_LONG else 1


def _write_sample(home: Home, folder: str) -> None:
    write_sample(home.settings.data / folder, home.settings.data / "sample_truth.json", days=3, patients=100)


def _ledger(home: Home) -> list[tuple[object, ...]]:
    return [
        (s.delivery_id, s.arrival, s.state, s.rows, s.rejects, s.quarantined, s.superseded, s.repeated, s.reason)
        for s in home.ledger.deliveries()
    ]


def _load_log(home: Home) -> list[tuple[object, ...]]:
    with home.warehouse(read_only=True) as warehouse:
        return [(entry.delivery_id, entry.arrival, entry.rows, entry.rejects) for entry in warehouse.load_log()]


@pytest.fixture(scope="module")
def undisturbed(module_home: MakeHome) -> tuple[Home, float]:
    home = module_home("undisturbed")
    _write_sample(home, "inbox")
    return home, finish(home)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_runs_killed_at_random_moments_are_made_up_for_by_the_next(
    number: int, undisturbed: tuple[Home, float], home: MakeHome, contents: Contents
) -> None:
    expected, duration = undisturbed
    made = home("killed")
    _write_sample(made, "outbox")
    seeds = [SystemRandom().randrange(1 << 32) for _ in range(KILLS)]
    print(f"seeds {seeds}, of {duration:.1f} s")
    killed = kill_again_and_again(made, made.settings.data / "outbox", seeds, duration)
    print(f"killed {killed} runs")
    finish(made)
    assert differences(made, hashes=True) == []
    assert _load_log(made) == _load_log(expected)
    assert _ledger(made) == _ledger(expected)
    assert contents(made) == contents(expected)
