"""Which deliveries should be here by now and are not.

A system that says `due` is expected to deliver, for every day, the tables that it names in `ready_when`, or else all of
its tables. The deliveries for a date are due at that hour of the same date. A delivery is there once it lies in the
inbox or has landed; one that was rejected or withdrawn is missing until a right one comes.

Days are looked at from the one after the last complete date (or after the system's very first delivery, if no date was
ever complete) until today, and at most `LOOK_BACK` back: a feed that has ended is told of, not counted for ever. What a
feed leaves out on purpose, such as weekends, cannot be told from what is late; such a feed says no `due`.

Here belongs the comparison alone. Who is told of it is `defs.due` and the alerts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from healthcare_elt.contracts import SourceSystem
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import look

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


def late_deliveries(home: Home, now: datetime) -> list[LateDelivery]:
    """In order of system and date; reads the inbox and the ledger, and asks no warehouse.

    Args:
        now: aware.
    """
    systems = [system for system in home.systems if system.due]
    if not systems:
        return []
    there = delivered(home)
    return [late for system in systems for late in _late(system, there.get(system.name, {}), now, home.settings.tz)]


def delivered(home: Home) -> dict[str, dict[date, set[str]]]:
    """The tables that are there, by system and delivery date."""
    states = [state for state in home.ledger.deliveries() if state.state in ("landed", "loaded")]
    found: dict[str, dict[date, set[str]]] = {}
    for state in states:
        found.setdefault(state.system, {}).setdefault(state.delivery_date, set()).add(state.table)
    known = home.ledger.known()
    for file in look(home).files:
        contract = file.contract
        # A known file's own delivery is judged above: it may be rejected or withdrawn.
        if not known.is_known_file(contract.system, file.name, file.bytes, file.modified_ns):
            found.setdefault(contract.system, {}).setdefault(file.delivery_date, set()).add(contract.table)
    return found


def _late(system: SourceSystem, there: dict[date, set[str]], now: datetime, tz: tzinfo) -> list[LateDelivery]:
    if not there or system.due is None:
        return []
    today = now.astimezone(tz).date()
    late = []
    for day in _days(after=_last_complete(there, system.expected), today=today):
        due = datetime.combine(day, system.due, tz)
        missing = tuple(table for table in system.expected if table not in there.get(day, ()))
        # Moments of one time zone are compared by their clocks, which are set back once a year.
        if missing and due.astimezone(UTC) <= now.astimezone(UTC):
            late.append(LateDelivery(system.name, day, missing, due))
    return late


def _last_complete(there: dict[date, set[str]], expected: Collection[str]) -> date:
    """Or the first date of all, if none is complete."""
    return max((day for day, tables in there.items() if tables.issuperset(expected)), default=min(there))


def _days(after: date, today: date) -> list[date]:
    first = max(after + timedelta(days=1), today - LOOK_BACK)
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]
