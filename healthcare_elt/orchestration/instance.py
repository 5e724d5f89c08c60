"""The home's Dagster instance, and what commands ask of it without a run."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import dagster as dg

from healthcare_elt.alerts.policy import Policy
from healthcare_elt.alerts.turn import Turn
from healthcare_elt.defs.alerts import incident_turn
from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.history import read_history
from healthcare_elt.defs.prune import prune_history
from healthcare_elt.orchestration.quick_history import quick_history
from healthcare_elt.pipeline.dagster_home import prepare_dagster_home
from healthcare_elt.pipeline.home import Home
from healthcare_elt.report import History
from healthcare_elt.settings import Settings


def dagster_instance(settings: Settings) -> dg.DagsterInstance:
    """The home's own instance, with the project's dagster.yaml."""
    return dg.DagsterInstance.from_config(str(prepare_dagster_home(settings)))


def history_of(home: Home) -> History:
    """The last runs in the home, for the report."""
    with dagster_instance(home.settings) as instance:
        return read_history(instance, home, _checks(home))


def prune_old_runs(settings: Settings, keep_days: int) -> int:
    """Delete runs that ended more than so many days ago from Dagster's history; how many were deleted."""
    with quick_history(), dagster_instance(settings) as instance:
        return prune_history(instance, keep_days, datetime.now(UTC))


def look_and_send(home: Home, policy: Policy) -> Turn:
    """What the alert sensor does, for a machine without Dagster's daemon.

    Raises:
        BookBusy: the sensor, or another command, does so just now.
    """
    with dagster_instance(home.settings) as instance:
        return incident_turn(home, policy, instance, _checks(home), datetime.now(UTC))


def _checks(home: Home) -> Collection[dg.AssetCheckKey]:
    return build_definitions(home.settings).resolve_asset_graph().asset_check_keys
