"""Runs of `daily_elt` in this process, for the command line.

Here belongs starting Dagster from outside: its instance in the home folder, the range of delivery dates, and what
the run's events say. The same job runs from the UI, the schedule and `dg launch`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import uuid4

import dagster as dg

from healthcare_elt.alerts.policy import Policy
from healthcare_elt.alerts.turn import Turn
from healthcare_elt.defs.alerts import incident_turn
from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.history import read_history
from healthcare_elt.defs.jobs import DAILY_ELT
from healthcare_elt.defs.killed_runs import end_killed_runs
from healthcare_elt.defs.partitions import range_tags, stretches
from healthcare_elt.defs.prune import prune_history
from healthcare_elt.defs.retries import STARTED_BY_COMMAND
from healthcare_elt.defs.source_tables import table_of
from healthcare_elt.pipeline.dagster_home import prepare_dagster_home, quick_history
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.layers import Layer, groups_before
from healthcare_elt.pipeline.run_locks import hold
from healthcare_elt.report import History
from healthcare_elt.settings import Settings

Progress = Callable[[str, float], None]
"""Told in a few words what has just begun or ended, and the share of the work that is done."""


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
    if _is_interrupted(event):
        return f"{event.step_key} was stopped by whoever started it; running again finishes the work."
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error.cause or data.error
    return f"{event.step_key} stopped ({error.cls_name}); see the run in the Dagster UI (make dev)."


def _is_interrupted(event: dg.DagsterEvent) -> bool:
    return event.is_step_failure and event.step_failure_data.error.cls_name == "DagsterExecutionInterruptedError"


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


@dataclass(frozen=True)
class _PlannedRun:
    """One run of the job: for these delivery dates, of these assets."""

    dates: Collection[date]
    keys: set[dg.AssetKey]
    ops: dict[str, object] = field(default_factory=dict)
    """Configuration by the name of the op."""


def run_daily_elt(
    settings: Settings,
    dates: Collection[date],
    *,
    tables: Collection[str] | None = None,
    select: str | None = None,
    full_refresh: bool = False,
    on_progress: Progress = lambda words, done: None,
) -> RunOutcome:
    """Run the job for the delivery dates: all in one run, unless they lie far apart.

    The caller holds the command's lock (`settings.command_lock`), as for `backfill` and `replay`.

    Args:
        tables: source tables to land and load; all if None. Dagster notes every date of every asset that takes part.
        select: an asset selection instead.

    Raises:
        SelectionError: `select` names no asset.
    """
    definitions = build_definitions(settings)
    keys = _selected(definitions, select) if select else _concerned(definitions, tables)
    runs = _apart(definitions, dates, keys, again=False, full_refresh=full_refresh)
    return _execute(settings, definitions, runs, on_progress)


def backfill(
    settings: Settings,
    dates: Collection[date],
    tables: Collection[str],
    *,
    on_progress: Progress = lambda words, done: None,
) -> RunOutcome:
    """Run the job once, for all delivery dates from the first to the last and these source tables."""
    definitions = build_definitions(settings)
    return _execute(settings, definitions, [_PlannedRun(dates, _concerned(definitions, tables))], on_progress)


def replay(
    settings: Settings,
    dates: Collection[date],
    layer: Layer,
    tables: Collection[str] | None,
    *,
    on_progress: Progress = lambda words, done: None,
) -> RunOutcome:
    """Build a layer and all behind it again: bronze from the landing zone, the others from the layer before.

    Args:
        dates: the delivery dates of all that has landed.
        tables: source tables whose part of it is built again; all if None.
    """
    definitions = build_definitions(settings)
    keys = dg.AssetSelection.all() - dg.AssetSelection.groups("landing", *groups_before(layer))
    graph = definitions.resolve_asset_graph()
    if tables is not None:
        loaded = [key for key in _partitioned(definitions) if key.path[0] == "bronze" and table_of(key) in tables]
        keys &= dg.AssetSelection.assets(*loaded).downstream()
    chosen = keys.resolve(graph) & _everything(definitions)
    runs = _apart(definitions, dates, chosen, again=True, full_refresh=True)
    return _execute(settings, definitions, runs, on_progress)


def _apart(
    definitions: dg.Definitions, dates: Collection[date], keys: set[dg.AssetKey], *, again: bool, full_refresh: bool
) -> list[_PlannedRun]:
    """One run for each range of delivery dates; what has no delivery date is in the last."""
    partitioned = keys & _partitioned(definitions)
    ops: dict[str, object] = {}
    if again:
        systems = {key.path[1] for key in partitioned if key.path[0] == "bronze"}
        ops = {f"load_{system}": {"config": {"again": True}} for system in sorted(systems)}
    *early, last = stretches(set(dates))
    runs = [_PlannedRun(stretch, partitioned, ops) for stretch in early]
    if full_refresh and keys - partitioned:
        ops = ops | {"transform": {"config": {"full_refresh": True}}}
    return [*(run for run in runs if run.keys), _PlannedRun(last, keys, ops)]


def _execute(
    settings: Settings, definitions: dg.Definitions, runs: Sequence[_PlannedRun], on_progress: Progress
) -> RunOutcome:
    """One after the other, until one fails."""
    job = definitions.resolve_job_def(DAILY_ELT)
    partitioned = _partitioned(definitions)
    notes = sum(len(run.keys & partitioned) * _days(run.dates) + len(run.keys - partitioned) for run in runs)
    noted = 0
    outcome = RunOutcome()

    def take(entry: dg.EventLogEntry) -> None:
        nonlocal noted
        event = entry.dagster_event
        if event is not None:
            outcome.take(event)
            if _is_interrupted(event):  # so that the run ends as cancelled, not as failed
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
                asset_selection=sorted(run.keys) if run.keys < _everything(definitions) else None,
                tags={**range_tags(set(run.dates)), STARTED_BY_COMMAND: "true"},
                run_config=_run_config(run.ops),
                raise_on_error=False,
            )
            outcome.success = result.success and not outcome.checks_failed
    return outcome


def look_and_send(home: Home, policy: Policy) -> Turn:
    """What the alert sensor does, for a machine without Dagster's daemon.

    Raises:
        BookBusy: the sensor, or another command, does so just now.
    """
    checks = build_definitions(home.settings).resolve_asset_graph().asset_check_keys
    with dagster_instance(home.settings) as instance:
        return incident_turn(home, policy, instance, checks, datetime.now(UTC))


def _days(dates: Collection[date]) -> int:
    return (max(dates) - min(dates)).days + 1


def _run_config(ops: dict[str, object]) -> dict[str, object]:
    """The run's log goes to the instance; the terminal is for the summary."""
    return {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": ops}


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
