"""A run that has ended, as far as it says what it was for and what it did.

Here belongs reading that of Dagster's records. What a failure means is in `failed_runs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import dagster as dg
from dagster._core.execution.stats import StepEventStatus
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from healthcare_elt.defs.source_tables import table_of

BY_DATE = ("landing", "bronze")
"""Layers whose assets have delivery dates; all others are for no date in particular."""


@dataclass(frozen=True)
class Ended:
    """A run that has ended."""

    instance: dg.DagsterInstance
    run: dg.DagsterRun
    at: datetime

    @property
    def failed(self) -> bool:
        return self.run.status == dg.DagsterRunStatus.FAILURE

    @cached_property
    def steps(self) -> dict[str, StepEventStatus | None]:
        """How each step ended."""
        return {step.step_key: step.status for step in self.instance.get_run_step_stats(self.run.run_id)}

    @cached_property
    def failed_steps(self) -> list[str]:
        return sorted(step for step, status in self.steps.items() if status == StepEventStatus.FAILURE)

    @cached_property
    def dates(self) -> tuple[date, date] | None:
        return delivery_dates(self.run)

    def assets(self, by_date: bool) -> set[dg.AssetKey] | None:
        """Of the selection, those with or without delivery dates; None is all."""
        selected = self.run.asset_selection
        return None if not selected else {key for key in selected if (key.path[0] in BY_DATE) == by_date}

    def was_for(self, table: str, day: date) -> bool:
        """Whether it was to land or load what is delivered of this table for this date."""
        tables = self.assets(by_date=True)
        within = self.dates is None or self.dates[0] <= day <= self.dates[1]
        return within and (tables is None or table in map(table_of, tables))

    @property
    def loads_again(self) -> bool:
        """Whether it was to load also what is loaded."""
        steps = self.run.run_config.get("ops", {}).values()
        return any(step.get("config", {}).get("again") for step in steps)


def delivery_dates(run: dg.DagsterRun) -> tuple[date, date] | None:
    """The first and the last one that a run was for; None if it was for none."""
    one = run.tags.get(PARTITION_NAME_TAG)
    first, last = run.tags.get(ASSET_PARTITION_RANGE_START_TAG, one), run.tags.get(ASSET_PARTITION_RANGE_END_TAG, one)
    try:
        return (date.fromisoformat(first), date.fromisoformat(last)) if first and last else None
    except ValueError:
        return None


def in_words(dates: tuple[date, date]) -> str:
    first, last = dates
    return f"all of {first}" if first == last else f"all from {first} to {last}"
