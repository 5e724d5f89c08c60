"""Schedules: once a day, for every delivery date that has something new, and for what still waits to be transformed."""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.partitions import range_tags, stretches
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.logs import log
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import not_landed, pending, tables_by_date
from healthcare_elt.pipeline.transform import is_up_to_date
from healthcare_elt.settings import Settings
from healthcare_elt.warehouse import WarehouseLocked


def daily_elt_schedule(settings: Settings, job, transformed: Sequence[dg.AssetKey]) -> dg.ScheduleDefinition:
    """
    Args:
        transformed: the assets that have no delivery date.
    """

    @dg.schedule(
        name="daily_elt_schedule",
        job=job,
        cron_schedule=settings.schedule,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED,
        description="Takes whatever the inbox holds by then, late deliveries included.",
    )
    def daily_elt_schedule(context: dg.ScheduleEvaluationContext, home: HomeResource):
        with one_sentence():
            opened = home.open()
            dates = _dates(opened)
            waits = not dates and _waits_to_be_transformed(opened)
        if dates:
            first, last = min(dates).isoformat(), max(dates).isoformat()
            log(opened.settings, "run_requested", by="schedule", first_date=first, last_date=last)
            return [dg.RunRequest(tags=range_tags(stretch)) for stretch in stretches(dates)]
        if waits:
            log(opened.settings, "run_requested", by="schedule")
            return dg.RunRequest(asset_selection=list(transformed))
        return dg.SkipReason("Nothing new in the inbox.")

    return daily_elt_schedule


def _dates(home: Home) -> set[date]:
    """What is pending; while another run holds the warehouse, what the inbox alone says, for a run that waits."""
    try:
        return set(pending(home))
    except WarehouseLocked:
        return set(tables_by_date(not_landed(home)))


def _waits_to_be_transformed(home: Home) -> bool:
    """True if something is loaded that silver, or what is behind it, lacks."""
    try:
        return any(home.ledger.brief()) and not is_up_to_date(home)
    except WarehouseLocked:
        return False
