"""What Dagster's event log says of the last runs, for the report.

Here belongs reading an instance; nothing is written. What the page makes of it is in `report`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import dagster as dg

from healthcare_elt.defs.ended_run import delivery_dates
from healthcare_elt.defs.failed_runs import left_to_do, run_incidents
from healthcare_elt.defs.incidents import check_incidents
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.withdraw import withdrawn_among
from healthcare_elt.report.history import CheckName, CheckResult, History, Run, Timed
from healthcare_elt.warehouse.cost import NOTHING, Cost

MOST_RUNS = 8
"""Reading one takes some forty milliseconds, and each run pays for it."""
MOST_TIMED = 12
DURATION = "Execution Duration"
"""Seconds that dbt took for a node, as dagster-dbt calls them in its metadata."""
CHECKED, BUILT, OBSERVED, FAILED = (
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_OBSERVATION,
    dg.DagsterEventType.STEP_FAILURE,
)
STARTED, SUCCEEDED = dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS


def read_history(instance: dg.DagsterInstance, home: Home, checks: Collection[dg.AssetCheckKey]) -> History:
    """The last runs of any job, newest first; where the time went is told of the last one that built a dbt model.

    Args:
        checks: those of the definitions, whose last verdicts count whichever run they are of.
    """
    incidents = (
        *run_incidents(instance, datetime.now(UTC), partial(left_to_do, home)),
        *check_incidents(instance, checks, partial(withdrawn_among, home)),
    )
    return replace(_last_runs(instance), incidents=incidents)


def _last_runs(instance: dg.DagsterInstance) -> History:
    runs = tuple(_run(instance, record) for record in instance.get_run_records(limit=MOST_RUNS))
    for run in runs:
        told = list(_told(_events(instance, run.run_id, CHECKED, BUILT, OBSERVED)))
        if timed := [Timed(name, float(metadata[DURATION])) for name, metadata in told if DURATION in metadata]:
            return History(
                runs,
                timed_run=run.run_id,
                steps=_slowest(_steps(instance, run.run_id)),
                slowest=_slowest(timed),
                cost=_cost(metadata for _, metadata in told),
            )
    return History(runs)


def _events(instance: dg.DagsterInstance, run_id: str, *types: dg.DagsterEventType) -> list[dg.DagsterEvent]:
    records = instance.get_records_for_run(run_id, of_type=set(types)).records
    return [record.event_log_entry.get_dagster_event() for record in records]


def _run(instance: dg.DagsterInstance, record: dg.RunRecord) -> Run:
    events = _events(instance, record.dagster_run.run_id, CHECKED, FAILED)
    started, ended = record.start_time, record.end_time
    checks = [event.asset_check_evaluation_data for event in events if event.event_type == CHECKED]
    return Run(
        run_id=record.dagster_run.run_id,
        job=record.dagster_run.job_name,
        status=record.dagster_run.status.value.lower(),
        started=datetime.fromtimestamp(started, UTC) if started else None,
        seconds=ended - started if started and ended else None,
        dates=_dates(record.dagster_run),
        failed_steps=tuple(event.step_key for event in events if event.event_type == FAILED),
        checks={CheckName(check.asset_key.to_user_string(), check.check_name): _result(check) for check in checks},
    )


def _result(check: dg.AssetCheckEvaluation) -> CheckResult:
    if check.passed:
        return "passed"
    return "failed" if check.severity == dg.AssetCheckSeverity.ERROR else "warned"


def _dates(run: dg.DagsterRun) -> str:
    dates = delivery_dates(run)
    return " to ".join(dict.fromkeys(day.isoformat() for day in dates)) if dates else ""


def _told(events: Iterable[dg.DagsterEvent]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each materialization, observation and check with the values of its metadata."""
    for event in events:
        if event.event_type == CHECKED:
            check = event.asset_check_evaluation_data
            name, metadata = f"{check.asset_key.to_user_string()}: {check.check_name}", check.metadata
        elif event.event_type == BUILT:
            name, metadata = event.asset_key.to_user_string(), event.materialization.metadata
        elif event.event_type == OBSERVED:
            name, metadata = event.asset_key.to_user_string(), event.asset_observation_data.asset_observation.metadata
        else:
            continue
        yield name, {key: value.value for key, value in metadata.items()}


def _steps(instance: dg.DagsterInstance, run_id: str) -> list[Timed]:
    """From the start of each step to its end; Dagster's own answer would read all that it materialized."""
    records = instance.get_records_for_run(run_id, of_type={STARTED, SUCCEEDED, FAILED}).records
    began: dict[str | None, float] = {}
    took: dict[str, float] = {}
    for entry in (record.event_log_entry for record in records):
        event = entry.get_dagster_event()
        if event.event_type == STARTED:
            began[event.step_key] = entry.timestamp
        elif event.step_key in began:
            took[event.step_key] = entry.timestamp - began[event.step_key]
    return [Timed(name, seconds) for name, seconds in took.items()]


def _slowest(timed: Iterable[Timed]) -> tuple[Timed, ...]:
    return tuple(sorted(timed, key=lambda each: -each.seconds)[:MOST_TIMED])


def _cost(told: Iterable[Mapping[str, Any]]) -> Cost | None:
    """What `defs.cost` has put beside assets, added up."""
    names = "statements", "bytes scanned", "compute seconds"
    costs = [Cost(*(metadata[name] for name in names)) for metadata in told if names[0] in metadata]
    return sum(costs, NOTHING) if costs else None
