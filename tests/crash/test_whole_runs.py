"""`healthcare-elt run` killed, without space, or twice at once: in the end there is what an undisturbed run gives.

HYPOTHESIS_PROFILE=soak makes 30 kills and more full disks; SOAK_SEED=s repeats the kills of that seed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from random import Random, SystemRandom

import pytest
from effort import IS_SOAK
from runs import finish, kill_again_and_again, start

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.mend import differences
from healthcare_elt.sample import write_sample

pytestmark = pytest.mark.e2e

MakeHome = Callable[..., Home]
Contents = Callable[..., dict[str, list[str]]]

KILLS = 5 if IS_SOAK else 4
"""In one home, each after another part of the sample has been delivered."""
ROUNDS = 6 if IS_SOAK else 1


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


def _assert_equal(made: Home, expected: Home, contents: Contents) -> None:
    assert differences(made, hashes=True) == []
    assert _load_log(made) == _load_log(expected)
    assert _ledger(made) == _ledger(expected)
    assert contents(made) == contents(expected)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_runs_killed_at_random_moments_are_made_up_for_by_the_next(
    number: int,
    undisturbed: tuple[Home, float],
    home: MakeHome,
    contents: Contents,
    record_property: Callable[[str, object], None],
) -> None:
    expected, duration = undisturbed
    made = home("killed")
    _write_sample(made, "outbox")
    seed = os.environ.get("SOAK_SEED") or str(SystemRandom().randrange(1 << 32))
    random = Random(f"{seed} {number}")
    seeds = [random.randrange(1 << 32) for _ in range(KILLS)]
    print(f"SOAK_SEED={seed}, runs of {duration:.1f} s")
    killed = kill_again_and_again(made, made.settings.data / "outbox", seeds, duration)
    finish(made)
    _assert_equal(made, expected, contents)
    record_property("kills_survived", killed)


@pytest.mark.parametrize("percent", [18, *([1, 10, 12, 14, 28] if IS_SOAK else [])])
def test_a_run_whose_warehouse_cannot_grow_says_so_in_a_sentence_and_the_next_makes_up_for_it(
    percent: int, undisturbed: tuple[Home, float], home: MakeHome, contents: Contents
) -> None:
    expected, _ = undisturbed
    made = home("full")
    _write_sample(made, "inbox")
    stopped = start(made, limit=expected.settings.warehouse.stat().st_size * percent // 100)
    said, error = stopped.communicate(timeout=300)
    assert stopped.returncode == 1, said + error
    assert "Traceback" not in said + error
    assert re.search(r"disk is full|free space|run again", " ".join((said + error).split()))
    assert not re.search(r"P\d{7}|E\d{8}", said + error)
    finish(made)
    _assert_equal(made, expected, contents)


def test_of_two_runs_at_once_one_waits_and_finds_all_done(
    undisturbed: tuple[Home, float], home: MakeHome, contents: Contents
) -> None:
    expected, _ = undisturbed
    made = home("two")
    _write_sample(made, "inbox")
    both = [start(made), start(made)]
    told = [(process.communicate(timeout=300), process.returncode) for process in both]
    assert [code for _, code in told] == [0, 0], told
    waited = [said for (said, error), _ in told if "Another run works in this home; waiting" in error]
    assert len(waited) == 1
    assert "Nothing new: nothing was loaded and nothing was written" in waited[0]
    _assert_equal(made, expected, contents)
