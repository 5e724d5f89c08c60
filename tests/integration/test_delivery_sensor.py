"""The delivery sensor: what is new is asked for once, and nothing is passed over for ever."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import sensed
from sensed import Sensed

from healthcare_elt.contracts import SourceSystem
from healthcare_elt.defs.checks import freshness_checks, freshness_sensor
from healthcare_elt.defs.jobs import daily_elt_job, load_deliveries_job
from healthcare_elt.defs.killed_runs import KILLED, MOST_KILLED
from healthcare_elt.defs.partitions import daily_partitions
from healthcare_elt.defs.schedules import daily_elt_schedule
from healthcare_elt.defs.sensors import delivery_sensor
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.summary import summarize

EVENT = {"header": "encounter_id", "rows": "E1\n"}


@pytest.fixture
def world(home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sensed]:
    monkeypatch.setattr(sensed, "CHANGED", {})
    with dg.DagsterInstance.ephemeral() as instance:
        yield Sensed(home(), instance)


def skipped(world: Sensed) -> str:
    result = world.look()
    assert not result.run_requests
    return result.skip_message


def test_one_run_is_asked_for_exactly_what_is_new(world: Sensed) -> None:
    assert skipped(world) == "Nothing new in the inbox."
    world.drop("patients_2026-01-02.csv")
    world.drop("patients_2026-01-04.csv")
    world.drop("adverse_events_2026-01-03.csv", **EVENT)
    (run,) = world.tick()
    assert {key.to_user_string() for key in run.asset_selection} == {
        f"{layer}/icon_health/{table}" for layer in ("landing", "bronze") for table in ("adverse_events", "patients")
    }
    assert run.tags["dagster/asset_partition_range_start"] == "2026-01-02"
    assert run.tags["dagster/asset_partition_range_end"] == "2026-01-04"
    assert run.tags["dagster/sensor_name"] == "delivery_sensor"
    assert skipped(world).startswith(f"Run {run.run_id[:8]} is queued or under way")
    world.finish(run)
    assert skipped(world) == "Nothing new in the inbox."
    assert not pending(world.home)


def test_the_job_that_is_asked_for_lands_and_loads_in_one_process(world: Sensed) -> None:
    world.drop("patients_2026-01-02.csv")
    (request,) = world.look().run_requests
    job = world.definitions.resolve_job_def("load_deliveries")
    result = job.execute_in_process(
        instance=world.instance, asset_selection=list(request.asset_selection), tags=request.tags
    )
    assert result.success
    assert [state.state for state in world.home.ledger.deliveries()] == ["loaded"]


def test_dates_far_apart_are_a_run_each(world: Sensed) -> None:
    world.drop("patients_2020-01-02.csv")
    world.drop("patients_2026-01-02.csv")
    assert [run.tags["dagster/asset_partition_range_start"] for run in world.tick()] == ["2020-01-02", "2026-01-02"]


def test_what_failed_is_not_asked_for_again_until_something_changes(world: Sensed) -> None:
    world.drop("patients_2026-01-02.csv")
    (run,) = world.tick()
    world.fail(run)
    assert skipped(world) == (
        f"Run {run.run_id[:8]} failed for exactly these deliveries (1); "
        "a retry, the next daily run or a new delivery takes them."
    )
    world.restart()
    assert f"Run {run.run_id[:8]} failed" in skipped(world)
    world.drop("patients_2026-01-03.csv")
    (again,) = world.tick()
    world.finish(again)
    assert not pending(world.home)


def test_the_same_deliveries_are_the_same_whether_they_have_landed_or_not(world: Sensed, monkeypatch) -> None:
    world.drop("patients_2026-01-02.csv")
    (run,) = world.tick()
    sensed.land_deliveries(world.home, run_id=run.run_id)
    world.fail(run)
    assert f"Run {run.run_id[:8]} failed" in skipped(world)


def test_a_canceled_run_is_not_started_behind_the_back_of_who_canceled_it(world: Sensed) -> None:
    world.drop("patients_2026-01-02.csv")
    (run,) = world.tick()
    world.instance.report_run_canceled(run)
    assert f"Run {run.run_id[:8]} was canceled for exactly these deliveries (1)" in skipped(world)


def test_a_run_that_was_deleted_from_the_queue_and_one_that_was_never_launched_are_asked_for_again(
    world: Sensed,
) -> None:
    world.drop("patients_2026-01-02.csv")
    world.look()
    (run,) = world.tick()
    world.instance.delete_run(run.run_id)
    assert len(world.tick()) == 1


def test_a_killed_run_is_asked_for_again_but_not_for_ever(world: Sensed) -> None:
    world.drop("patients_2026-01-02.csv")
    for _ in range(MOST_KILLED):
        (run,) = world.tick()
        world.kill(run)
    assert f"Run {run.run_id[:8]} failed for exactly these deliveries (1)" in skipped(world)


def test_a_retry_that_fails_by_itself_is_no_killed_run(world: Sensed) -> None:
    world.drop("patients_2026-01-02.csv")
    (run,) = world.tick()
    world.kill(run)
    (again,) = world.tick()
    world.instance.add_run_tags(again.run_id, {KILLED: run.run_id})  # as Dagster's own retry of it has
    world.fail(again)
    assert f"Run {again.run_id[:8]} failed for exactly these deliveries (1)" in skipped(world)


def test_a_resent_file_is_asked_for_and_loaded_once(world: Sensed) -> None:
    for name in ("patients_2026-01-02.csv", "again/patients_2026-01-02.csv"):
        (world.home.settings.inbox / "icon_health" / name).parent.mkdir(parents=True, exist_ok=True)
        world.drop(name)
        (run,) = world.tick()
        world.finish(run)
        assert skipped(world) == "Nothing new in the inbox."
    (state,) = world.home.ledger.deliveries()
    assert (state.state, state.repeated) == ("loaded", 1)


def test_a_file_that_may_still_be_being_written_waits_and_one_from_the_future_does_not(world: Sensed, home) -> None:
    world.home = home(settle_seconds=3600)
    world.drop("patients_2026-01-02.csv")
    assert skipped(world) == "icon_health waits for the end of its writing (deliveries: 1)."
    file = world.home.settings.inbox / "icon_health" / "patients_2026-01-02.csv"
    for moment in (datetime(2026, 1, 2, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)):
        os.utime(file, (moment.timestamp(),) * 2)
        assert len(world.look().run_requests) == 1


def test_a_date_waits_for_the_tables_that_its_system_names_and_no_range_reaches_over_it(world: Sensed) -> None:
    rule = SourceSystem(
        name="icon_health", tables=("adverse_events", "patients"), ready_when=["adverse_events", "patients"]
    )
    sensed.CHANGED["systems"] = (rule,)
    for day in (1, 2, 3):
        world.drop(f"patients_2026-01-{day:02}.csv")
        if day != 2:
            world.drop(f"adverse_events_2026-01-{day:02}.csv", **EVENT)
    runs = world.tick()
    assert [run.tags["dagster/asset_partition_range_end"] for run in runs] == ["2026-01-01", "2026-01-03"]
    for run in runs:
        world.finish(run)
    assert skipped(world) == "icon_health waits for adverse_events of 2026-01-02 (deliveries: 1)."
    world.drop("adverse_events_2026-01-02.csv", **EVENT)
    (run,) = world.tick()
    world.finish(run)
    world.drop("patients_2026-01-02.csv", rows="P2,M,1980-01-01\n")
    (late,) = world.tick()
    assert late.tags["dagster/asset_partition_range_start"] == "2026-01-02"


def test_an_idle_tick_opens_no_warehouse(world: Sensed, monkeypatch: pytest.MonkeyPatch) -> None:
    world.drop("patients_2026-01-02.csv")
    (run,) = world.tick()
    world.finish(run)
    opened = []
    asked = Home.warehouse
    monkeypatch.setattr(Home, "warehouse", lambda self, **options: opened.append(self) or asked(self, **options))
    for _ in range(3):
        assert skipped(world) == "Nothing new in the inbox."
    assert len(opened) == 1, "the first tick after a run looks, the others have seen it"
    world.restart()
    assert skipped(world) == "Nothing new in the inbox."
    assert len(opened) == 2


def test_an_inbox_that_cannot_be_read_is_logged_once_shown_in_the_status_and_taken_when_it_can(
    world: Sensed, capfd: pytest.CaptureFixture[str]
) -> None:
    inbox = world.home.settings.inbox
    inbox.parent.mkdir()
    inbox.symlink_to(inbox)
    sentence = skipped(world)
    assert sentence.startswith(f"The inbox {inbox} cannot be read (")
    assert skipped(world) == sentence
    assert capfd.readouterr().err.count(sentence) == 1
    assert summarize(world.home).inbox_problems == [sentence]
    inbox.unlink()
    assert skipped(world) == "Nothing new in the inbox."
    world.drop("patients_2026-01-02.csv")
    assert len(world.look().run_requests) == 1


def test_what_cannot_be_taken_is_logged_once_and_the_rest_goes_on(
    world: Sensed, capfd: pytest.CaptureFixture[str]
) -> None:
    world.drop("patients_2026-01-02.csv")
    (world.home.settings.inbox / "icon_health" / "patients_2026-01-03.csv").symlink_to("patients_2026-01-03.csv")
    world.drop("notes.txt")
    (world.home.settings.inbox / "lost.csv").touch()
    for _ in range(2):
        assert len(world.look().run_requests) == 1
    told = capfd.readouterr().err
    assert told.count("icon_health/patients_2026-01-03.csv cannot be read") == 1
    assert told.count("icon_health/notes.txt matches no contract") == 1
    assert told.count("lost.csv lies in no source system's folder") == 1
    summary = summarize(world.home)
    assert [each["file"] for each in summary.waiting] == ["icon_health/patients_2026-01-03.csv"]
    assert summary.unmatched == ["icon_health/notes.txt", "lost.csv"]


def test_a_delivery_whose_contract_is_gone_is_asked_for_by_nobody(world: Sensed) -> None:
    world.drop("patients_2026-01-02.csv")
    sensed.land_deliveries(world.home, run_id="run")
    sensed.CHANGED["contracts"] = tuple(each for each in world.home.contracts if each.table != "patients")
    assert skipped(world) == "Nothing new in the inbox."


def test_what_the_sensor_and_the_schedule_ask_for_is_a_line_of_the_log(
    world: Sensed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_LOG_FILE", str(tmp_path / "log.jsonl"))
    world.drop("patients_2026-01-02.csv")
    world.look()
    schedule = daily_elt_schedule(world.home.settings, daily_elt_job(daily_partitions(world.home.settings)), [])
    with dg.build_schedule_context(world.instance, resources={"home": sensed.Opened()}) as context:
        schedule.evaluate_tick(context)
    told = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    asked = {"event": "run_requested", "first_date": "2026-01-02", "last_date": "2026-01-02"}
    assert [each["by"] for each in told if each.items() > asked.items()] == ["sensor", "schedule"]


def test_the_setting_switches_sensors_and_schedule_on_from_the_start(home) -> None:
    settings = home(automation="true").settings
    days = daily_partitions(settings)
    daily, load = daily_elt_job(days), load_deliveries_job(days)
    assert delivery_sensor(settings, load).default_status == dg.DefaultSensorStatus.RUNNING
    assert freshness_sensor(settings, freshness_checks()).default_status == dg.DefaultSensorStatus.RUNNING
    assert daily_elt_schedule(settings, daily, []).default_status == dg.DefaultScheduleStatus.RUNNING
