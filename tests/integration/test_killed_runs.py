"""Runs whose process was killed are ended, living ones never; and nothing waits for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from healthcare_elt.defs.killed_runs import (
    SECONDS_TO_BEGIN,
    SECONDS_WITHOUT_HOME,
    SENTENCE,
    end_killed_runs,
    was_killed,
)
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.run_locks import forget, hold, is_alive

STARTED, CANCELING = dg.DagsterEventType.RUN_START, dg.DagsterEventType.RUN_CANCELING
HOLD = """
import sys
from healthcare_elt.pipeline.run_locks import hold
from healthcare_elt.settings import load_settings
hold(load_settings(), sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def begun(instance: dg.DagsterInstance, *events: dg.DagsterEventType) -> str:
    @dg.job
    def some_job() -> None: ...

    run = instance.create_run_for_job(some_job)
    for event in (dg.DagsterEventType.RUN_STARTING, *events):
        instance.report_dagster_event(dg.DagsterEvent(event.value, job_name="some_job"), run_id=run.run_id)
    return run.run_id


@contextmanager
def process_of(run_id: str) -> Iterator[subprocess.Popen]:
    """A process that holds the run's lock until it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, run_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_run_is_ended_when_its_process_was_killed_and_not_before(home, instance: dg.DagsterInstance) -> None:
    settings = home().settings
    run_id = begun(instance, STARTED)
    with process_of(run_id) as process:
        assert end_killed_runs(instance, settings) == []
        process.kill()
        process.wait()
        assert end_killed_runs(instance, settings) == [run_id]
    run = instance.get_run_by_id(run_id)
    assert (run.status, was_killed(run)) == (dg.DagsterRunStatus.FAILURE, True)
    assert SENTENCE in [entry.message for entry in instance.all_logs(run_id)]
    assert end_killed_runs(instance, settings) == []
    assert not list(settings.running.iterdir())


def test_a_run_that_was_to_be_canceled_is_canceled(home, instance: dg.DagsterInstance) -> None:
    settings = home().settings
    run_id = begun(instance, STARTED, CANCELING)
    with process_of(run_id):
        pass
    assert end_killed_runs(instance, settings) == [run_id]
    assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.CANCELED


def test_a_run_that_has_not_said_that_it_lives_is_given_time_to_begin(
    home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home().settings
    begun(instance)
    run_id = begun(instance, STARTED)
    assert end_killed_runs(instance, settings) == []
    start = instance.get_run_record_by_id(run_id).start_time
    monkeypatch.setattr("healthcare_elt.defs.killed_runs.time.time", lambda: start + SECONDS_WITHOUT_HOME + 1)
    assert end_killed_runs(instance, settings) == [run_id], "the other one is Dagster's own to end"


@pytest.mark.parametrize("events", [(), (STARTED,)], ids=["launched", "started"])
def test_a_run_that_an_earlier_server_launched_and_that_never_held_its_lock_is_ended(
    home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, events: tuple[dg.DagsterEventType, ...]
) -> None:
    settings = home().settings
    run_id = begun(instance, *events)
    last = instance.get_run_record_by_id(run_id).start_time or instance.get_run_stats(run_id).launch_time
    assert end_killed_runs(instance, settings, last + 1) == []
    monkeypatch.setattr("healthcare_elt.defs.killed_runs.time.time", lambda: last + SECONDS_TO_BEGIN + 1)
    assert end_killed_runs(instance, settings) == [], "a command cannot know who launched it"
    assert end_killed_runs(instance, settings, last - 1) == []
    assert end_killed_runs(instance, settings, last + 1) == [run_id]


def test_a_run_that_ends_while_it_is_looked_at_is_left_as_it_ended(
    home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home().settings
    run_id = begun(instance, STARTED)

    def ends(*_: object) -> bool:
        success = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job_name="some_job")
        instance.report_dagster_event(success, run_id=run_id)
        return False

    monkeypatch.setattr("healthcare_elt.defs.killed_runs.is_alive", ends)
    assert end_killed_runs(instance, settings) == []
    assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.SUCCESS


def test_every_process_that_executes_a_run_holds_its_lock_until_another_run_begins(home) -> None:
    made: Home = home()

    @dg.op(required_resource_keys={"home"})
    def looks(context) -> None:
        seen.append((context.run_id, is_alive(made.settings, context.run_id)))

    @dg.job(resource_defs={"home": HomeResource()})
    def looking() -> None:
        looks()

    seen: list[tuple[str, bool | None]] = []
    for _ in range(2):
        assert looking.execute_in_process().success
    (first, lived), (second, lives) = seen
    assert (lived, lives) == (True, True)
    assert (is_alive(made.settings, first), is_alive(made.settings, second)) == (False, True)
    hold(made.settings, "another")
    forget(made.settings, unfinished=[])
    assert [file.name for file in made.settings.running.iterdir()] == ["another"]
