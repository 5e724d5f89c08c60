"""Executing runs of `daily_elt` in this process, with progress."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

import dagster as dg

from healthcare_elt.defs.jobs import DAILY_ELT
from healthcare_elt.defs.killed_runs import end_killed_runs
from healthcare_elt.defs.partitions import range_tags
from healthcare_elt.defs.retries import STARTED_BY_COMMAND
from healthcare_elt.orchestration.instance import dagster_instance
from healthcare_elt.orchestration.keys import everything, partitioned
from healthcare_elt.orchestration.outcome import RunOutcome, is_interrupted
from healthcare_elt.orchestration.quick_history import quick_history
from healthcare_elt.pipeline.run_locks import hold
from healthcare_elt.pipeline.transform import end_transforms
from healthcare_elt.settings import Settings

Progress = Callable[[str, float], None]
"""Told in a few words what has just begun or ended, and the share of the work that is done."""


@dataclass(frozen=True)
class PlannedRun:
    """One run of the job: for these delivery dates, of these assets."""

    dates: Collection[date]
    keys: set[dg.AssetKey]
    ops: dict[str, object] = field(default_factory=dict)
    """Configuration by the name of the op."""


def execute(
    settings: Settings, definitions: dg.Definitions, runs: Sequence[PlannedRun], on_progress: Progress
) -> RunOutcome:
    """One after the other, until one fails."""
    # Where dbt has built nothing its tests tell nothing, which Dagster would warn of on the terminal.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    job = definitions.resolve_job_def(DAILY_ELT)
    by_date = partitioned(definitions)
    notes = sum(len(run.keys & by_date) * _days(run.dates) + len(run.keys - by_date) for run in runs)
    noted = 0
    outcome = RunOutcome()

    def take(entry: dg.EventLogEntry) -> None:
        nonlocal noted
        event = entry.dagster_event
        if event is not None:
            outcome.take(event)
            if is_interrupted(event):  # so that the run ends as cancelled, not as failed
                instance.report_run_canceling(instance.get_run_by_id(outcome.run_id))
            noted += event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
        if words := _progress(entry):
            on_progress(words, min(noted / notes, 1.0))

    with quick_history(), dagster_instance(settings) as instance:
        end_killed_runs(instance, settings)
        for run in runs:
            if not outcome.success:
                break
            outcome.run_id = str(uuid4())
            hold(settings, outcome.run_id)
            instance.add_event_listener(outcome.run_id, take)
            result = job.execute_in_process(
                run_id=outcome.run_id,
                instance=instance,
                asset_selection=sorted(run.keys) if run.keys < everything(definitions) else None,
                tags={**range_tags(set(run.dates)), STARTED_BY_COMMAND: "true"},
                run_config=_run_config(run.ops),
                raise_on_error=False,
            )
            end_transforms()
            outcome.success = result.success and not outcome.checks_failed
    return outcome


def _days(dates: Collection[date]) -> int:
    return (max(dates) - min(dates)).days + 1


def _run_config(ops: dict[str, object]) -> dict[str, object]:
    """The run's log goes to the instance; the terminal is for the summary."""
    return {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": ops}


def _progress(entry: dg.EventLogEntry) -> str | None:
    """What has just begun or ended, in a few words."""
    event = entry.dagster_event
    if event is None:
        return entry.user_message
    match event.event_type:
        case dg.DagsterEventType.STEP_START:
            return f"{event.step_key} …"
        case dg.DagsterEventType.ASSET_MATERIALIZATION:
            return f"{event.asset_key.to_user_string()} {event.partition or ''}"
        case dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            return f"checked {event.asset_check_evaluation_data.asset_key.to_user_string()}"
        case _:
            return None
