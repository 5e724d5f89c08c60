"""Which deliveries should be here by now and are not.

A system that says `due` is expected to deliver, for every day, the tables that it names in `ready_when`, or else all of
its tables. The deliveries for a date are due at that hour of the same date. A delivery is there once it lies in the
inbox or has landed; one that was rejected or withdrawn is missing until a right one comes.

Days are looked at from the one after the last complete date (or after the system's very first delivery, if no date was
ever complete) until today, and at most `LOOK_BACK` back: a feed that has ended is told of, not counted for ever. Dates
of weekdays that `due_on` leaves out are expected of nobody.

Here belongs the comparison alone. Who is told of it is `defs.due` and the alerts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from healthcare_elt.contracts import SourceSystem
from healthcare_elt.contracts.system import WEEKDAYS
from healthcare_elt.pipeline.delivered import Delivered
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import Pending, not_landed

LOOK_BACK = timedelta(days=7)
"""Days before today that are still told of."""


@dataclass(frozen=True)
class LateDelivery:
    """What a source system has not delivered for a date, though it was due."""

    system: str
    delivery_date: date
    missing: tuple[str, ...]
    """Tables, in order of their names."""
    due: datetime
    """Aware, in the home's time zone."""


def late_deliveries(home: Home, now: datetime, waiting: Collection[Pending] | None = None) -> list[LateDelivery]:
    """In order of system and date; reads the inbox and the ledger, and asks no warehouse.

    Args:
        now: aware.
        waiting: what `not_landed` says, if somebody has asked already.
    """
    systems = [system for system in home.systems if system.due]
    if not systems:
        return []
    today = now.astimezone(home.settings.tz).date()
    waiting = not_landed(home) if waiting is None else waiting
    there = Delivered(home, {system.name for system in systems}, today - LOOK_BACK, waiting)
    return [late for system in systems for late in _late(system, there, now, home.settings.tz)]


def _late(system: SourceSystem, there: Delivered, now: datetime, tz: tzinfo) -> list[LateDelivery]:
    first = there.first.get(system.name)
    if first is None or system.due is None:
        return []
    today = now.astimezone(tz).date()
    complete = [day for day in there.dates(system.name) if not there.missing(system, day)]
    late = []
    for day in _days(after=max([first, *complete]), today=today):
        if WEEKDAYS[day.weekday()] not in system.due_on:
            continue
        due = datetime.combine(day, system.due, tz)
        missing = there.missing(system, day)
        # Moments of one time zone are compared by their clocks, which are set back once a year.
        if missing and due.astimezone(UTC) <= now.astimezone(UTC):
            late.append(LateDelivery(system.name, day, missing, due))
    return late


def _days(after: date, today: date) -> list[date]:
    first = max(after + timedelta(days=1), today - LOOK_BACK)
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]
