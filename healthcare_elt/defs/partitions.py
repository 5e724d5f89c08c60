"""Partitions: one per delivery date, and the ranges of them that a run is for."""

from datetime import date, timedelta

import dagster as dg

from healthcare_elt.settings import Settings

AHEAD = 2
"""Landing takes deliveries for today and tomorrow, since senders sit in other time zones."""

GAP = timedelta(days=7)
"""Delivery dates further apart than this are ranges of their own: Dagster notes every date of a range."""


def stretches(dates: set[date]) -> list[set[date]]:
    """The dates in ranges, oldest first, so that a delivery of years ago costs no more than one of today."""
    found: list[set[date]] = []
    last: date | None = None
    for day in sorted(dates):
        if last is None or day - last > GAP:
            found.append(set())
        found[-1].add(day)
        last = day
    return found


def range_tags(dates: set[date]) -> dict[str, str]:
    """Run tags for one run over all delivery dates from the first to the last."""
    return {
        "dagster/asset_partition_range_start": min(dates).isoformat(),
        "dagster/asset_partition_range_end": max(dates).isoformat(),
    }


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    return dg.DailyPartitionsDefinition(
        start_date=settings.start_date.isoformat(), timezone=settings.timezone, end_offset=AHEAD
    )
