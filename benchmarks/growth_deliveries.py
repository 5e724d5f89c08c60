"""Deliveries for `growth`: the same rows in more files, on more days, or as more versions of fewer keys."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from benchmarks import deliveries

FIRST_OF_MANY = date(2015, 1, 1)
"""Ten years of days from here are over; it is the platform's first partition."""
DAYS_OF_VERSIONS = 64


def write_files(plan: deliveries.Plan, number: int, inbox: Path) -> None:
    """The encounters of the plan as so many files for one day."""
    for part in range(number):
        first, end = (plan.encounters * each // number + 1 for each in (part, part + 1))
        deliveries.write_rows(
            inbox, f"encounters_details_{deliveries.FIRST_DAY}_{part:04}", deliveries.encounters(plan, first, end)
        )


def write_days(plan: deliveries.Plan, days: int, inbox: Path) -> None:
    """The encounters of the plan as a file for each of so many days."""
    for day in range(days):
        first, end = (plan.encounters * each // days + 1 for each in (day, day + 1))
        deliveries.write_rows(inbox, f"encounters_details_{_day(day)}", deliveries.encounters(plan, first, end))


def write_next_day(plan: deliveries.Plan, days: int, rows: int, inbox: Path) -> None:
    """More encounters than `write_days` wrote, on the day after."""
    rows_of_day = deliveries.encounters(plan, plan.encounters + 1, plan.encounters + 1 + rows)
    deliveries.write_rows(inbox, f"encounters_details_{_day(days)}", rows_of_day)


def write_versions(rows: int, versions: int, inbox: Path) -> None:
    """So many rows of patients, evenly on 64 days; each patient comes so often, and differs every time.

    Args:
        versions: a divisor of 64.
    """
    keys, turns = rows // versions, DAYS_OF_VERSIONS // versions
    for day in range(DAYS_OF_VERSIONS):
        sql = f"""
            select
                printf('P%07d', i) as patient_id,
                'F' as gender,
                strftime(date '1950-01-01' + (i % 10000)::integer + {day}, '%Y-%m-%d') as birth_date
            from range({keys}) as r(i)
            where i % {turns} = {day % turns}
            order by i"""
        deliveries.write_rows(inbox, f"patients_{_day(day)}", sql)


def _day(number: int) -> date:
    return FIRST_OF_MANY + timedelta(days=number)
