"""Deliveries for `growth`: the same rows in more files, on more days, or as more versions of fewer keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from benchmarks import deliveries

FIRST_OF_MANY = date(2015, 1, 1)
"""Ten years of days from here are over; it is the platform's first partition."""
DAYS_OF_VERSIONS = 64


def write_files(plan: deliveries.Plan, number: int, inbox: Path) -> None:
    """The encounters of the plan as so many files for one day."""
    _write_parts(plan, [f"{deliveries.FIRST_DAY}_{part:04}" for part in range(number)], inbox)


def write_days(plan: deliveries.Plan, days: int, inbox: Path) -> None:
    """The encounters of the plan as a file for each of so many days."""
    _write_parts(plan, [f"{_day(day)}" for day in range(days)], inbox)


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


def _write_parts(plan: deliveries.Plan, ends: Sequence[str], inbox: Path) -> None:
    """The encounters of the plan, evenly in files whose names end so."""
    for part, name in enumerate(ends):
        first, end = (plan.encounters * each // len(ends) + 1 for each in (part, part + 1))
        deliveries.write_rows(inbox, f"encounters_details_{name}", deliveries.encounters(plan, first, end))


def _day(number: int) -> date:
    return FIRST_OF_MANY + timedelta(days=number)
