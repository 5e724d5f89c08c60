"""Runs of `daily_elt`: for what is new, for a range of delivery dates, and for a layer that is built again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import dagster as dg

from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.partitions import stretches
from healthcare_elt.orchestration.execute import PlannedRun, Progress, execute
from healthcare_elt.orchestration.keys import behind, concerned, partitioned, selected
from healthcare_elt.orchestration.outcome import RunOutcome
from healthcare_elt.pipeline.layers import Layer
from healthcare_elt.settings import Settings


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
    keys = selected(definitions, select) if select else concerned(definitions, tables)
    runs = _apart(definitions, dates, keys, again=False, full_refresh=full_refresh)
    return execute(settings, definitions, runs, on_progress)


def backfill(
    settings: Settings,
    dates: Collection[date],
    tables: Collection[str],
    *,
    on_progress: Progress = lambda words, done: None,
) -> RunOutcome:
    """Run the job once, for all delivery dates from the first to the last and these source tables."""
    definitions = build_definitions(settings)
    return execute(settings, definitions, [PlannedRun(dates, concerned(definitions, tables))], on_progress)


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
    chosen = behind(definitions, layer, tables)
    runs = _apart(definitions, dates, chosen, again=True, full_refresh=True)
    return execute(settings, definitions, runs, on_progress)


def _apart(
    definitions: dg.Definitions, dates: Collection[date], keys: set[dg.AssetKey], *, again: bool, full_refresh: bool
) -> list[PlannedRun]:
    """One run for each range of delivery dates; what has no delivery date is in the last."""
    by_date = keys & partitioned(definitions)
    ops: dict[str, object] = {}
    if again:
        systems = {key.path[1] for key in by_date if key.path[0] == "bronze"}
        ops = {f"load_{system}": {"config": {"again": True}} for system in sorted(systems)}
    *early, last = stretches(set(dates))
    runs = [PlannedRun(stretch, by_date, ops) for stretch in early]
    if full_refresh and any(key.path[0] != "reports" for key in keys - by_date):
        ops = ops | {"transform": {"config": {"full_refresh": True}}}
    return [*(run for run in runs if run.keys), PlannedRun(last, keys, ops)]
