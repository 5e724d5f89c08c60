"""The asset check `due`: whether what a source system owes by now has come.

It is a check on the bronze asset of each table that is expected, warns, and says which dates are missing. Every run
that takes such a table looks; a sensor looks in between, so that a delivery that never comes is seen though nothing
runs.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import dagster as dg

from healthcare_elt.contracts import SourceSystem
from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.switched_on import sensor_status
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.lateness import LateDelivery, late_deliveries
from healthcare_elt.settings import Settings

DUE = "due"


def due_checks(systems: Collection[SourceSystem]) -> Sequence[dg.AssetChecksDefinition]:
    """One for all systems that say when they are due; none if no system does."""
    keys = [_key(system.name, table) for system in systems if system.due for table in system.expected]
    if not keys:
        return []

    @dg.multi_asset_check(
        name="deliveries_due",
        specs=[
            dg.AssetCheckSpec(DUE, asset=key, description="No delivery of the last days is missing after its hour.")
            for key in keys
        ],
        can_subset=True,
    )
    def deliveries_due(context: dg.AssetCheckExecutionContext, home: HomeResource):
        with one_sentence():
            late = _late(home.open())
        for check in context.selected_asset_check_keys:
            yield dg.AssetCheckResult(asset_key=check.asset_key, check_name=DUE, **_verdict(late, check.asset_key))

    return [deliveries_due]


def due_sensor(settings: Settings, systems: Collection[SourceSystem]) -> Sequence[dg.SensorDefinition]:
    """Tells a verdict when it is another one than it told last; it starts no run."""
    keys = [_key(system.name, table) for system in systems if system.due for table in system.expected]
    if not keys:
        return []

    @dg.sensor(
        name="due_sensor",
        minimum_interval_seconds=300,
        default_status=sensor_status(settings),
        description="Looks whether a delivery that is due is missing.",
    )
    def due_sensor(context: dg.SensorEvaluationContext, home: HomeResource):
        with one_sentence():
            late = _late(home.open())
        told = repr([(each.system, each.delivery_date, each.missing) for each in late])
        if told == context.cursor:
            return dg.SkipReason("What is missing is as it was." if late else "Nothing is late.")
        return dg.SensorResult(asset_events=list(_evaluations(keys, late)), cursor=told)

    return [due_sensor]


def _late(home: Home) -> list[LateDelivery]:
    return late_deliveries(home, datetime.now(home.settings.tz))


def _evaluations(keys: list[dg.AssetKey], late: list[LateDelivery]) -> Iterator[dg.AssetCheckEvaluation]:
    for key in keys:
        yield dg.AssetCheckEvaluation(asset_key=key, check_name=DUE, **_verdict(late, key))


def _verdict(late: list[LateDelivery], key: dg.AssetKey) -> dict:
    _, system, table = key.path
    dates = [each.delivery_date.isoformat() for each in late if each.system == system and table in each.missing]
    return {
        "passed": not dates,
        "severity": dg.AssetCheckSeverity.WARN,
        "description": f"Nothing was delivered for {', '.join(dates)}." if dates else "Nothing is late.",
        "metadata": {"missing dates": dates},
    }


def _key(system: str, table: str) -> dg.AssetKey:
    return dg.AssetKey(["bronze", system, table])
