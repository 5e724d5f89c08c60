"""Which source tables have a delivery for a date: in the inbox, or landed and neither rejected nor withdrawn.

Here belongs only what is there. What should be there is said by the system, and judged in `lateness` and `ready`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from healthcare_elt.contracts import SourceSystem
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import Pending


class Delivered:
    """What these systems have delivered, from a date on."""

    def __init__(self, home: Home, systems: Collection[str], since: date, waiting: Iterable[Pending]) -> None:
        """Read the ledger.

        Args:
            since: deliveries of earlier dates are not told.
            waiting: what has not landed yet; more does no harm.
        """
        self.first: dict[str, date] = {}
        """The first delivery date of each system, of all time."""
        self._tables: dict[tuple[str, date], set[str]] = {}
        told = [event for event in home.ledger.brief() if event.system in systems]
        for event in told:
            self._note_first(event.system, event.delivery_date)
        for state in home.ledger.deliveries({event.delivery_id for event in told if event.delivery_date >= since}):
            if state.state in ("landed", "loaded"):
                self._add(state.system, state.table, state.delivery_date)
        for each in waiting:
            if each.system in systems:
                self._note_first(each.system, each.delivery_date)
                self._add(each.system, each.table, each.delivery_date)

    def dates(self, system: str) -> list[date]:
        return [day for name, day in self._tables if name == system]

    def missing(self, system: SourceSystem, day: date) -> tuple[str, ...]:
        """The tables that are expected and not there, in order of their names."""
        return tuple(table for table in system.expected if table not in self._tables.get((system.name, day), ()))

    def _note_first(self, system: str, day: date) -> None:
        self.first[system] = min(day, self.first.get(system, day))

    def _add(self, system: str, table: str, day: date) -> None:
        self._tables.setdefault((system, day), set()).add(table)
