"""Runs whose process was killed: they are told as failed, so that nothing waits for them.

Dagster's default launcher cannot tell that a process is gone if the server that started it is gone too: the run would
stay "started" for ever, and every later run would wait for the pool. So a run's process holds a lock while it lives
(`pipeline.run_locks`). A run that was killed before it held it is known by its launch or start, which is older than the
server. Dagster's own monitor ends what does not start or stop for another reason (dagster.yaml).
"""

import time

import dagster as dg

from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.pipeline.run_locks import forget, is_alive
from healthcare_elt.settings import Settings

KILLED = "healthcare_elt/killed"
"""Tag of a run that was ended here, with its id, since a retry gets its tags: nothing that it was for is to blame."""
MOST_KILLED = 3
"""The same work is not begun again after so many runs of it were killed: it may be its fault."""
SENTENCE = "The process was killed; the next run finishes the work."
SECONDS_TO_BEGIN = 60
"""From the launch of a run to its start, and from there to its lock, where another server launched it than runs now."""
SECONDS_WITHOUT_HOME = 600
"""How long a run may take that never opens the home, and so holds no lock: a check of freshness takes a second."""
LOADED_AT = time.time()
"""The server that asks sensors is the one that launches the runs of the queue."""
BEGUN = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def end_killed_runs(instance: dg.DagsterInstance, settings: Settings, server_since: float | None = None) -> list[str]:
    """Tell the runs whose process is gone as failed, or canceled if somebody had asked for that; their ids.

    Args:
        server_since: since when the server runs that launches runs, in seconds since 1970; None if that is not known,
            and then no run that has not started is ended.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=BEGUN))
    killed = [record.dagster_run.run_id for record in records if _is_killed(instance, settings, record, server_since)]
    for run_id in killed:
        instance.add_run_tags(run_id, {KILLED: run_id})
        run = instance.get_run_by_id(run_id)
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, SENTENCE)
        else:
            instance.report_run_failed(run, SENTENCE)
    forget(settings, {record.dagster_run.run_id for record in records})
    return killed


def was_killed(run: dg.DagsterRun) -> bool:
    """True if it was ended here."""
    return run.tags.get(KILLED) == run.run_id


def _is_killed(instance: dg.DagsterInstance, settings: Settings, record, server_since: float | None) -> bool:
    run_id = record.dagster_run.run_id
    alive = is_alive(settings, run_id)
    if alive is None:
        return _never_began(instance, record, server_since)
    # A run may have ended since it was listed; once its process is gone, no event of it comes any more.
    return not alive and instance.get_run_by_id(run_id).status in BEGUN


def _never_began(instance: dg.DagsterInstance, record, server_since: float | None) -> bool:
    """A run without a lock. Should the process live after all, its work is ordered by the home's lock all the same."""
    run = record.dagster_run
    if run.status not in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED):
        return False
    age = time.time() - (last := record.start_time or instance.get_run_stats(run.run_id).launch_time)
    if server_since is not None and last < server_since:
        return age > SECONDS_TO_BEGIN
    return run.status == dg.DagsterRunStatus.STARTED and age > SECONDS_WITHOUT_HOME


def killed_runs_sensor(settings: Settings) -> dg.SensorDefinition:
    """Always on: a run that somebody starts by hand must not wait for one that was killed."""

    @dg.sensor(
        name="killed_runs",
        minimum_interval_seconds=settings.look_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose process was killed, so that nothing waits for them.",
    )
    def killed_runs(context: dg.SensorEvaluationContext, home: HomeResource):
        killed = end_killed_runs(context.instance, home.open().settings, LOADED_AT)
        return dg.SkipReason(f"Ended {', '.join(killed)}." if killed else "Every run's process lives.")

    return killed_runs
