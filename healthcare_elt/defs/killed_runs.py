"""Runs whose process was killed: they are told as failed, so that nothing waits for them.

Dagster's default launcher cannot tell that a process is gone if the server that started it is gone too: the run would
stay "started" for ever, and every later run would wait for the pool. So a run's process holds a lock while it lives
(`pipeline.run_locks`). A run that was killed before it began holds none: it is known by its launch, which is older than
the server. Dagster's own monitor ends what does not start or stop for another reason (dagster.yaml).
"""

import time

import dagster as dg

from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.pipeline.run_locks import forget, is_alive
from healthcare_elt.settings import Settings

KILLED = "healthcare_elt/killed"
"""Tag of a run that was ended here: nothing that it was for is to blame."""
SENTENCE = "The process was killed; the next run finishes the work."
SECONDS_TO_BEGIN = 600
"""From the start of a run to its lock: what is imported for it takes a few seconds."""
SECONDS_TO_START = 60
"""From the launch of a run to its start, if another server launched it than the one that runs now."""
LOADED_AT = time.time()
"""When this process, which is the server that launches runs where it asks sensors, was ready to launch any."""
BEGUN = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def end_killed_runs(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """Tell the runs whose process is gone as failed, or canceled if somebody had asked for that; their ids."""
    records = instance.get_run_records(dg.RunsFilter(statuses=BEGUN))
    killed = [record.dagster_run.run_id for record in records if _is_killed(instance, settings, record)]
    for run_id in killed:
        instance.add_run_tags(run_id, {KILLED: "true"})
        run = instance.get_run_by_id(run_id)
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, SENTENCE)
        else:
            instance.report_run_failed(run, SENTENCE)
    forget(settings, {record.dagster_run.run_id for record in records})
    return killed


def _is_killed(instance: dg.DagsterInstance, settings: Settings, record) -> bool:
    run_id = record.dagster_run.run_id
    alive = is_alive(settings, run_id)
    if alive is None:
        return _never_began(instance, record)
    # A run may have ended since it was listed; once its process is gone, no event of it comes any more.
    return not alive and instance.get_run_by_id(run_id).status in BEGUN


def _never_began(instance: dg.DagsterInstance, record) -> bool:
    """A run without a lock. Should the process live after all, it finds the run ended and does nothing."""
    now, run = time.time(), record.dagster_run
    if run.status == dg.DagsterRunStatus.STARTED:
        return now - record.start_time > SECONDS_TO_BEGIN
    launched = instance.get_run_stats(run.run_id).launch_time if run.status == dg.DagsterRunStatus.STARTING else None
    return launched is not None and launched < LOADED_AT and now - launched > SECONDS_TO_START


def killed_runs_sensor(settings: Settings) -> dg.SensorDefinition:
    """Always on: a run that somebody starts by hand must not wait for one that was killed."""

    @dg.sensor(
        name="killed_runs",
        minimum_interval_seconds=settings.look_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose process was killed, so that nothing waits for them.",
    )
    def killed_runs(context: dg.SensorEvaluationContext, home: HomeResource):
        killed = end_killed_runs(context.instance, home.open().settings)
        return dg.SkipReason(f"Ended {', '.join(killed)}." if killed else "Every run's process lives.")

    return killed_runs
