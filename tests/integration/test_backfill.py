"""A range of delivery dates in one run, cancelled without harm; and any layer built again from the one before."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from types import FrameType

import dagster as dg
import pytest
from typer.testing import CliRunner

from healthcare_elt.cli.app import app
from healthcare_elt.orchestration import Progress, backfill, dagster_instance
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.known import known_or_new
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import is_up_to_date
from healthcare_elt.sample import write_sample

Contents = Callable[..., dict[str, list[str]]]
FIRST, LAST = date(2026, 1, 2), date(2026, 1, 4)
RANGE = ["--from", FIRST.isoformat(), "--to", LAST.isoformat()]
GONE = ("_loaded_at",)
FRAMES: list[FrameType] = []


@pytest.fixture(scope="module")
def week(module_home) -> Home:
    """Three days of the sample, backfilled after the same was cancelled before the load and in the middle of dbt."""
    home = module_home(lock_timeout_seconds=60)
    write_sample(home.settings.inbox, home.settings.data / "truth.json", days=3, patients=100)
    cancelled = run(home, cancel_at("load_icon_health"))
    assert cancelled.failures == [
        "load_icon_health was stopped by whoever started it; running again finishes the work."
    ]
    assert home.ledger.deliveries()
    assert not loaded(home)
    (sentence,) = run(home, cancel_at("silver/")).failures
    assert sentence == "transform was stopped by whoever started it; running again finishes the work."
    assert loaded(home), "dbt has given the warehouse back"
    assert not is_up_to_date(home)
    shares: list[float] = []
    assert run(home, lambda words, done: shares.append(done)).success
    assert shares == sorted(shares)
    assert shares[0] == 0 and 0.4 < shares[-1] <= 1, "models of tables that never came are left as they are"
    return home


def run(home: Home, on_progress: Progress):
    found = known_or_new(home, FIRST, LAST, None, pending(home))
    return backfill(home.settings, set(found), set().union(*found.values()), on_progress=on_progress)


def cancel_at(step: str) -> Progress:
    """What Ctrl-C does when the step, or an asset, is told of for the first time; the run's frames live on after it."""
    told: list[str] = []

    def on_progress(words: str, done: float) -> None:
        if words.startswith(step) and not told:
            told.append(words)
            FRAMES.append(sys._getframe())
            os.kill(os.getpid(), signal.SIGINT)

    return on_progress


def loaded(home: Home) -> set[str]:
    with home.warehouse_if_there() as warehouse:
        return warehouse.loaded_ids() if warehouse else set()


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def runs(home: Home) -> list[dg.DagsterRun]:
    with dagster_instance(home.settings) as instance:
        return list(instance.get_runs())


def test_a_cancelled_backfill_is_finished_by_the_same_command_in_one_run_for_the_range(week: Home) -> None:
    finished, *cancelled = runs(week)[-3:]
    assert {run.status for run in cancelled} == {dg.DagsterRunStatus.CANCELED}
    assert finished.is_success
    assert finished.tags["dagster/asset_partition_range_start"] == FIRST.isoformat()
    assert finished.tags["dagster/asset_partition_range_end"] == LAST.isoformat()
    assert len(loaded(week)) == sum(state.state == "loaded" for state in week.ledger.deliveries())


def test_a_backfill_with_nothing_new_warns_of_nothing(week: Home, caplog: pytest.LogCaptureFixture) -> None:
    assert "Nothing was new: no delivery was loaded." in command("backfill", *RANGE, "--tables", "icon_health.patients")
    assert not caplog.messages


def test_a_backfill_of_one_table_takes_that_table_alone_and_loads_nothing_twice(week: Home, contents: Contents) -> None:
    before = contents(week, "bronze", "silver", "gold", "curated")
    said = command("backfill", *RANGE, "--tables", "icon_health.patients")
    assert "Nothing was new: no delivery was loaded." in said
    assert "Run" in said
    assert contents(week, "bronze", "silver", "gold", "curated") == before
    (last, *_) = runs(week)
    landed = {key.path[2] for key in last.asset_selection if key.path[0] == "landing"}
    assert landed == {"patients"}


@pytest.mark.parametrize(
    ("layer", "damaged"), [("bronze", "bronze.icon_health__patients"), ("gold", "gold.fct_encounter")]
)
def test_a_layer_is_built_again_without_the_inbox(week: Home, contents: Contents, layer: str, damaged: str) -> None:
    before = contents(week, "bronze", "silver", "gold", "features", "curated", without=GONE)
    inbox = week.settings.inbox.rename(week.settings.data / "away")
    try:
        with week.warehouse() as warehouse:
            warehouse.execute(f"delete from {damaged}")
        command("replay", "--layer", layer)
    finally:
        inbox.rename(week.settings.inbox)
    assert contents(week, "bronze", "silver", "gold", "features", "curated", without=GONE) == before


def test_what_was_new_is_not_told_to_be_nothing(week: Home) -> None:
    assert "Nothing was new: no delivery was loaded." in command("run", "--select", "group:features")
    late = week.settings.inbox / "icon_health" / "patients_2026-01-03_again.csv"
    late.write_text("patient_id,gender,birth_date\nP0000001,F,1980-01-01\n")
    assert "Nothing was new" not in command("backfill", *RANGE)
    assert "Nothing was new" in command("backfill", *RANGE)


def test_a_range_without_deliveries_and_an_unknown_table_are_told(week: Home) -> None:
    assert "Nothing new" in command("backfill", "--from", "2020-01-01", "--to", "2020-01-02")
    result = CliRunner().invoke(app, ["backfill", *RANGE, "--tables", "icon_health.patient"])
    assert "There is no source table icon_health.patient" in str(result.exception)
