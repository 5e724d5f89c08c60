"""Partitions: one per delivery date."""

import dagster as dg

from healthcare_elt.settings import Settings

AHEAD = 2
"""Landing takes deliveries for today and tomorrow, since senders sit in other time zones."""


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    return dg.DailyPartitionsDefinition(
        start_date=settings.start_date.isoformat(), timezone=settings.timezone, end_offset=AHEAD
    )
