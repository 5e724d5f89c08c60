"""Dagster as the command line uses it: runs in this process, and what its instance knows.

Here belongs starting Dagster from outside. The same job runs from the UI, the schedule, the sensors and `dg launch`.
"""

from healthcare_elt.orchestration.execute import Progress
from healthcare_elt.orchestration.instance import dagster_instance, history_of, look_and_send, prune_old_runs
from healthcare_elt.orchestration.keys import SelectionError
from healthcare_elt.orchestration.outcome import RunOutcome
from healthcare_elt.orchestration.runs import backfill, replay, run_daily_elt

__all__ = [
    "Progress",
    "RunOutcome",
    "SelectionError",
    "backfill",
    "dagster_instance",
    "history_of",
    "look_and_send",
    "prune_old_runs",
    "replay",
    "run_daily_elt",
]
