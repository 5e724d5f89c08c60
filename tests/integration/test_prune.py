"""Old runs are forgotten by Dagster alone, on a real instance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from sqlalchemy import Engine, event
from typer.testing import CliRunner

from healthcare_elt.cli.app import app
from healthcare_elt.defs.prune import prune_history, prune_schedules
from healthcare_elt.orchestration import dagster_instance
from healthcare_elt.settings import SettingsError

LATER = timedelta(days=31)


@dg.asset
def daily() -> None: ...


@dg.asset
def once() -> None: ...


@dg.asset_check(asset=daily)
def sound() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def materialize(instance: dg.DagsterInstance, *assets: object) -> str:
    return dg.materialize(assets, instance=instance).run_id


def test_runs_older_than_the_setting_are_forgotten_but_the_last_word_on_each_asset_and_check_is_kept(home) -> None:
    settings = home().settings
    now = datetime.now(UTC)
    with dagster_instance(settings) as instance:
        only = materialize(instance, once)
        first, second, last = (materialize(instance, daily, sound) for _ in range(3))
        assert prune_history(instance, 30, now) == 0
        assert prune_history(instance, 30, now + LATER) == 2
        assert {run.run_id for run in instance.get_runs()} == {only, last}
        for asset, run in ((daily, last), (once, only)):
            assert instance.get_latest_materialization_event(asset.key).run_id == run
        (key,) = sound.check_keys
        history = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
        assert [each.run_id for each in history] == [last]
        assert prune_history(instance, 30, now + LATER) == 0
    left = {path.stem for path in settings.dagster_home.rglob("*.db")}
    assert not left & {first, second}
    assert {only, last} <= left


def test_pruning_many_runs_reads_the_checks_no_more_often_than_pruning_one(home) -> None:
    said: list[str] = []

    def hear(connection: object, cursor: object, statement: str, *more: object) -> None:
        if "asset_check_executions" in statement:
            said.append(statement.split()[0])

    heard = {}
    event.listen(Engine, "before_cursor_execute", hear)
    try:
        for runs in (2, 3):
            with dagster_instance(home(str(runs)).settings) as instance:
                for _ in range(runs):
                    materialize(instance, daily, sound)
                said.clear()
                assert prune_history(instance, 30, datetime.now(UTC) + LATER) == runs - 1
                heard[runs] = list(said)
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    assert heard[2] == heard[3] == ["SELECT", "SELECT", "DELETE"]


def test_a_run_that_has_not_ended_is_never_forgotten(home) -> None:
    @dg.job
    def waits() -> None: ...

    with dagster_instance(home().settings) as instance:
        run = instance.create_run_for_job(waits)
        assert prune_history(instance, 1, datetime.now(UTC) + LATER) == 0
        assert instance.has_run(run.run_id)


def test_the_command_forgets_nothing_young_and_touches_neither_ledger_nor_data(home) -> None:
    made = home(keep_history_days=30)
    with dagster_instance(made.settings) as instance:
        materialize(instance, daily)
        materialize(instance, daily)
    done = CliRunner().invoke(app, ["prune"], catch_exceptions=False)
    assert done.output.strip() == "Runs deleted from Dagster's history: 0."
    assert not made.settings.data.exists()
    assert not made.settings.metadata.exists()


def test_without_the_setting_the_command_says_so_and_no_schedule_is_there(home) -> None:
    settings = home().settings
    with pytest.raises(SettingsError, match="HEALTHCARE_ELT_KEEP_HISTORY_DAYS is not set"):
        CliRunner().invoke(app, ["prune"], catch_exceptions=False)
    assert prune_schedules(settings) == []


def test_with_the_setting_history_is_pruned_every_night(home) -> None:
    made = home(keep_history_days=30)
    (schedule,) = prune_schedules(made.settings)
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    with dagster_instance(made.settings) as instance:
        assert schedule.job.execute_in_process(instance=instance).success
