"""Declarative automation: facts are transformed as they arrive, dimension tables in one daily batch.

Here belongs when dbt's assets are due; what is loaded, and when, is `sensors`. A fact that arrives at noon meets the
dimensions known then, with an inferred member for whom they do not know; when the batch brings that one, its facts
follow in the same run, so that gold is the same as if all had been transformed at once.
"""

import dagster as dg

from healthcare_elt.defs.jobs import AGAIN_IF_KILLED
from healthcare_elt.defs.switched_on import sensor_status
from healthcare_elt.settings import Settings

SENSOR = "transform_automation"
AUTOMATIC = "dagster/from_automation_condition"
"""Dagster's tag of the runs that it requests."""


def continuously() -> dg.AutomationCondition:
    """When something that it rests on has changed, or will within the same run."""
    return _new() & ~_busy()


def in_batch(settings: Settings) -> dg.AutomationCondition:
    """At the schedule's hour, if something that it rests on has changed since the batch before."""
    hour = dg.AutomationCondition.cron_tick_passed(settings.schedule, settings.timezone)
    return (_new() & hour).since_last_handled() & ~_busy()


def after(last: dg.AssetKey) -> dg.AutomationCondition:
    """When something that it rests on has changed, and again when a run that leaves it out has built `last`."""
    built = dg.AutomationCondition.newly_updated() & ~dg.AutomationCondition.executed_with_root_target()
    changed = dg.AutomationCondition.any_deps_updated() | dg.AutomationCondition.asset_matches(last, built)
    return changed.since_last_handled() & ~dg.AutomationCondition.in_progress()


def automation_sensor(settings: Settings) -> dg.AutomationConditionSensorDefinition:
    return dg.AutomationConditionSensorDefinition(
        SENSOR,
        target=dg.AssetSelection.all() - dg.AssetSelection.groups("landing", "bronze"),
        description="Transforms what was loaded: facts at once, dimension tables at the schedule's hour.",
        default_status=sensor_status(settings),
        minimum_interval_seconds=30,
        run_tags=AGAIN_IF_KILLED,  # a condition that was acted on does not hold any more, whatever became of the run
    )


def _new() -> dg.AutomationCondition:
    return dg.AutomationCondition.any_deps_updated().since_last_handled()


def _busy() -> dg.AutomationCondition:
    """While a run works on it or on what it rests on, there may be more to come."""
    return dg.AutomationCondition.in_progress() | dg.AutomationCondition.any_deps_in_progress()
