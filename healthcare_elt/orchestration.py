"""One run of `daily_elt` in this process, for the command line.

Here belongs starting Dagster from outside: its instance in the home folder, the range of delivery dates, and what
the run's events say. The same job runs from the UI, the schedule and `dg launch`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import uuid4

import dagster as dg

from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.history import read_history
from healthcare_elt.defs.jobs import DAILY_ELT
from healthcare_elt.defs.partitions import range_tags, stretches
from healthcare_elt.defs.prune import prune_history
from healthcare_elt.defs.source_tables import table_of
from healthcare_elt.pipeline.dagster_home import prepare_dagster_home, quick_history
from healthcare_elt.report import History
from healthcare_elt.settings import Settings

STARTED_BY_COMMAND = "healthcare_elt/command"
"""Tag of the runs that `healthcare-elt run` executes in its own process."""

Progress = Callable[[str], None]
"""Told in a few words what has just ended."""


class SelectionError(Exception):
    """An asset selection that is wrong: one sentence."""


@dataclass
class RunOutcome:
    """What a run did."""

    run_id: str = ""
    success: bool = True
    nothing_new: bool = False
    checks_passed: int = 0
    checks_failed: list[str] = field(default_factory=list)
    """Error-severity checks that did not pass."""
    checks_warned: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """One sentence per step that failed."""

    def take(self, event: dg.DagsterEvent) -> None:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            name = f"{check.asset_key.to_user_string()}: {check.check_name}"
            if check.passed:
                self.checks_passed += 1
            elif check.severity == dg.AssetCheckSeverity.ERROR:
                self.checks_failed.append(name)
            else:
                self.checks_warned.append(f"{name}{_count_of(check)}")
        elif event.is_step_failure:
            self.failures.append(_sentence(event))


def _count_of(check: dg.AssetCheckEvaluation) -> str:
    count = check.metadata.get("dagster_dbt/failed_row_count")
    return f" ({count.value:,} rows)" if count else ""


def _sentence(event: dg.DagsterEvent) -> str:
    """The step's own sentence; of an unexpected error only its kind, since its text may quote values."""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error.cause or data.error
    return f"{event.step_key} stopped ({error.cls_name}); see the run in the Dagster UI (make dev)."


def dagster_instance(settings: Settings) -> dg.DagsterInstance:
    """The home's own instance, with the project's dagster.yaml."""
    return dg.DagsterInstance.from_config(str(prepare_dagster_home(settings)))


def history_of(settings: Settings) -> History:
    """The last runs in the home, for the report."""
    with dagster_instance(settings) as instance:
        return read_history(instance)


def prune_old_runs(settings: Settings, keep_days: int) -> int:
    """Delete runs that ended more than so many days ago from Dagster's history; how many were deleted."""
    with dagster_instance(settings) as instance:
        return prune_history(instance, keep_days, datetime.now(UTC))


def run_daily_elt(
    settings: Settings,
    dates: Collection[date],
    *,
    tables: Collection[str] | None = None,
    select: str | None = None,
    full_refresh: bool = False,
    on_progress: Progress = lambda words: None,
) -> RunOutcome:
    """Run the job for the delivery dates: all in one run, unless they lie far apart.

    The caller holds the command's lock (`settings.command_lock`).

    Args:
        tables: source tables to land and load; all if None. Dagster notes every date of every asset that takes part.
        select: an asset selection instead.

    Raises:
        SelectionError: `select` names no asset.
    """
    definitions = build_definitions(settings)
    job = definitions.resolve_job_def(DAILY_ELT)
    keys = _selected(definitions, select) if select else _concerned(definitions, tables)
    *early, last = stretches(set(dates))
    runs = [(stretch, keys & _partitioned(definitions), False) for stretch in early]
    runs.append((last, keys, full_refresh and not keys <= _partitioned(definitions)))
    outcome = RunOutcome()

    def take(entry: dg.EventLogEntry) -> None:
        if entry.is_dagster_event:
            outcome.take(entry.dagster_event)
        if words := _progress(entry):
            on_progress(words)

    with quick_history(), dagster_instance(settings) as instance:
        _end_killed_runs(instance)
        for stretch, selected, refresh in runs:
            if not selected or not outcome.success:
                continue
            outcome.run_id = str(uuid4())
            instance.add_event_listener(outcome.run_id, take)
            result = job.execute_in_process(
                run_id=outcome.run_id,
                instance=instance,
                asset_selection=sorted(selected) if selected < _everything(definitions) else None,
                tags={**range_tags(stretch), STARTED_BY_COMMAND: "true"},
                run_config=_run_config(refresh),
                raise_on_error=False,
            )
            outcome.success = result.success and not outcome.checks_failed
    return outcome


def _end_killed_runs(instance: dg.DagsterInstance) -> None:
    """Whoever holds the command's lock knows that an unfinished run of the command was killed.

    Dagster cannot know, and would keep the runs of the queue waiting for it.
    """
    unfinished = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.NOT_STARTED],
        tags={STARTED_BY_COMMAND: "true"},
    )
    for run in instance.get_runs(unfinished):
        instance.report_run_failed(run, "The process was killed; the next run finishes the work.")


def _run_config(full_refresh: bool) -> dict[str, object]:
    """The run's log goes to the instance; the terminal is for the summary."""
    config: dict[str, object] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if full_refresh:
        config["ops"] = {"transform": {"config": {"full_refresh": True}}}
    return config


def _everything(definitions: dg.Definitions) -> set[dg.AssetKey]:
    return set(definitions.resolve_asset_graph().executable_asset_keys)


def _partitioned(definitions: dg.Definitions) -> set[dg.AssetKey]:
    """Assets that have delivery dates: landing and bronze."""
    graph = definitions.resolve_asset_graph()
    return {key for key in _everything(definitions) if graph.get(key).is_partitioned}


def _concerned(definitions: dg.Definitions, tables: Collection[str] | None) -> set[dg.AssetKey]:
    if tables is None:
        return _everything(definitions)
    others = {key for key in _partitioned(definitions) if table_of(key) not in tables}
    return _everything(definitions) - others


def _selected(definitions: dg.Definitions, select: str) -> set[dg.AssetKey]:
    try:
        keys = dg.AssetSelection.from_string(select).resolve(definitions.resolve_asset_graph())
    except Exception:
        keys = set()
    if not keys:
        raise SelectionError(
            f"The selection {select!r} names no asset; try 'group:gold' or 'key:\"silver/icon_health/patients\"'."
        )
    return keys & _everything(definitions)


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
