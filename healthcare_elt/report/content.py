"""What the page says, before it looks like anything.

Here belongs data without HTML, bounded so that a home of years still gives a page of a few hundred kilobytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from healthcare_elt.pipeline.health import TableHealth
from healthcare_elt.pipeline.profile import ColumnShares
from healthcare_elt.report.history import History

DAYS = 92
"""Delivery dates that the strips show, up to the last one of the source system; a young one has fewer, but
FEWEST_DAYS."""
FEWEST_DAYS = 28
MOST_LISTED = 25
"""Lines of a list; of more, the page says how many it leaves out."""

Severity = Literal["error", "warning"]
DayState = Literal["rejected", "landed", "loaded", "withdrawn"]
DAY_STATES: tuple[DayState, ...] = ("rejected", "landed", "loaded", "withdrawn")
"""If a day has deliveries in several states, the first of them is shown."""


@dataclass(frozen=True)
class Attention:
    """One thing that somebody should look at, with the command or place that says more."""

    severity: Severity
    what: str
    where: str
    text: str


@dataclass(frozen=True)
class Day:
    """The deliveries of one table for one delivery date."""

    day: date
    state: DayState
    deliveries: int
    rows: int


@dataclass(frozen=True)
class Strip:
    """One source table: its totals of all time, and its last delivery dates."""

    table: str
    """The contract's name, `icon_health.patients`."""
    deliveries: int
    rejected: int
    """Those in whose place nothing was loaded since."""
    bytes: int
    rows: int
    rejects: int
    classes: dict[str, int]
    """Rows by class; empty before the first transform."""
    days: tuple[Day, ...]
    """Days without a delivery are left out."""


@dataclass(frozen=True)
class System:
    """The strips of one source system, over the same delivery dates."""

    name: str
    first_day: date
    last_day: date
    strips: tuple[Strip, ...]


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery, named by its id."""

    delivery_id: str
    table: str
    delivery_date: date
    state: str
    rows: int | None
    rejects: int | None
    quarantined: int | None
    bytes: int


@dataclass(frozen=True)
class Reason:
    """Rows or elements of a list in quarantine for one rule."""

    table: str
    kind: str
    reason: str
    count: int


@dataclass(frozen=True)
class Health:
    """One table on its last delivery date."""

    told: TableHealth
    shares: tuple[ColumnShares, ...]
    """Of columns whose values have drifted, for pictures."""

    @property
    def findings(self) -> list[str]:
        """What is unlike before or unlike what is expected, in words without values."""
        return [
            *(
                f"{drift.column or 'rows'}: {drift.measure} {drift.score:.2f}, over {drift.threshold:.2f}"
                for drift in self.told.drift
                if drift.has_drifted
            ),
            *(f"{each.columns}: {each.expectation}" for each in self.told.expectations if not each.has_held),
            *(change.sentence for change in self.told.schema_changes),
        ]


@dataclass(frozen=True)
class Report:
    """All that the page says."""

    home: str
    target: str
    written_at: datetime
    attention: tuple[Attention, ...]
    systems: tuple[System, ...]
    deliveries: tuple[DeliveryLine, ...]
    """The last ones that arrived, newest first."""
    more_deliveries: int
    """How many others there are."""
    quarantine: tuple[Reason, ...]
    health: tuple[Health, ...] = ()
    history: History = field(default_factory=History)

    @property
    def strips(self) -> list[Strip]:
        return [strip for system in self.systems for strip in system.strips]
