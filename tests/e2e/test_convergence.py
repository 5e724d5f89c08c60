"""The same deliveries taken in other ways give the same tables, and what is there already is not written again.

Here belong whole homes with the sample, for promises P2, P3, P4 and P7. Sets of deliveries made for single rules are in
tests/property.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random

import pytest

from healthcare_elt.orchestration import run_daily_elt
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.sample import write_sample
from healthcare_elt.settings import HOME_VARIABLE

pytestmark = pytest.mark.e2e

Tables = dict[str, list[str]]
Contents = Callable[..., Tables]
MakeHome = Callable[..., Home]

RUN = [sys.executable, "-c", "from healthcare_elt.cli import main; main()", "run"]
KILLED_AFTER = """
import os, signal, sys
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.settings import load_settings
for number, result in enumerate(transform(Home(load_settings()), run_id="killed"), 1):
    if number == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
"""
BY_ORDER_OF_WORK = ("_arrival",)
"""A delivery's number depends on when it lands; nothing else in the tables may."""


def _with_sample(home: Home) -> Home:
    write_sample(home.settings.inbox, home.settings.data / "sample_truth.json", days=5, patients=200)
    return home


def _build(home: Home, *, full_refresh: bool = False) -> None:
    results = list(transform(home, full_refresh=full_refresh, run_id="run"))
    assert {result.status for result in results} <= {"success", "pass"}


def _take(home: Home, dates: set[date] | None = None) -> None:
    """Land, load and transform, without Dagster."""
    land_deliveries(home, dates=dates, run_id="run")
    load_deliveries(home, dates=dates, run_id="run")
    _build(home)


def _in_home_of(home: Home, command: list[str]) -> subprocess.CompletedProcess:
    environment = os.environ | {HOME_VARIABLE: str(home.settings.home)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def _bytes(*places: Path) -> dict[str, str]:
    """A digest of every file of the places."""
    files = [path for place in places for path in [place, *place.rglob("*")] if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _written(home: Home) -> dict[str, str]:
    return _bytes(home.settings.warehouse, home.settings.ledger, home.settings.landing)


@pytest.fixture(scope="module")
def at_once(module_home: MakeHome) -> Home:
    home = _with_sample(module_home("at_once"))
    _take(home)
    return home


@pytest.fixture(scope="module")
def expected(at_once: Home, contents: Contents) -> Tables:
    """What all deliveries at once give."""
    tables = contents(at_once, without=BY_ORDER_OF_WORK)
    assert all(tables[f"gold.{name}"] for name in ("fct_encounter", "fct_adverse_event", "fct_referral"))
    return tables


def test_day_by_day_in_any_order_gives_the_same_tables(
    expected: Tables, emptied_home: MakeHome, contents: Contents
) -> None:
    by_day = _with_sample(emptied_home())
    days = sorted(pending(by_day))
    Random(3).shuffle(days)
    assert days != sorted(days)
    for day in days:
        _take(by_day, {day})
    assert contents(by_day, without=BY_ORDER_OF_WORK) == expected


def test_two_ranges_by_dagster_give_the_same_tables_and_a_third_run_writes_nothing(
    expected: Tables, emptied_home: MakeHome, contents: Contents
) -> None:
    by_range = _with_sample(emptied_home())
    days = sorted(pending(by_range))
    for dates in (set(days[2:]), set(days[:2])):
        assert run_daily_elt(by_range.settings, dates).success
    assert contents(by_range, without=BY_ORDER_OF_WORK) == expected

    before = _written(by_range)
    assert run_daily_elt(by_range.settings, set(days)).success
    assert _written(by_range) == before


def test_a_second_run_writes_nothing_and_says_so(at_once: Home, contents: Contents) -> None:
    everything = (at_once, "bronze", "meta", "silver", "quarantine", "gold", "features", "curated")
    tables, files = contents(*everything), _written(at_once)
    again = _in_home_of(at_once, RUN)
    assert again.returncode == 0, again.stderr
    assert "Nothing new: nothing was loaded and nothing was written" in " ".join(again.stdout.split())
    assert _written(at_once) == files
    assert contents(*everything) == tables


def test_a_full_refresh_gives_the_same_tables(at_once: Home, expected: Tables, contents: Contents) -> None:
    _build(at_once, full_refresh=True)
    assert contents(at_once, without=BY_ORDER_OF_WORK) == expected


def test_a_run_killed_or_left_in_the_middle_is_finished_by_the_next(
    expected: Tables, emptied_home: MakeHome, contents: Contents
) -> None:
    home = _with_sample(emptied_home())
    land_deliveries(home, run_id="run")
    load_deliveries(home, run_id="run")
    for nodes in (4, 30):
        killed = _in_home_of(home, [sys.executable, "-c", KILLED_AFTER, str(nodes)])
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert not is_up_to_date(home)
    with closing(transform(home, run_id="left")) as results:
        next(results)
    assert not is_up_to_date(home)
    _build(home)
    assert is_up_to_date(home)
    assert contents(home, without=BY_ORDER_OF_WORK) == expected
