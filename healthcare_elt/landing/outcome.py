"""What landing says about each file, and what it asks about the past.

Here belongs the language between landing and whoever records it; no work is done here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from healthcare_elt.landing.delivery import Delivery
    from healthcare_elt.landing.inbox import InboxFile


@dataclass(frozen=True)
class Landed:
    """A new delivery, in the landing zone and ready to load."""

    delivery: Delivery


@dataclass(frozen=True)
class Repeated:
    """A file whose delivery was there before; nothing of it was kept."""

    file: InboxFile
    delivery_id: str


@dataclass(frozen=True)
class Rejected:
    """A new delivery that is kept in the landing zone but cannot be loaded."""

    delivery: Delivery
    reason: str


@dataclass(frozen=True)
class Waiting:
    """A file left in the inbox for a later run; `name` is relative to the system's folder."""

    system: str
    table: str | None
    name: str
    reason: str


Outcome = Landed | Repeated | Rejected | Waiting


class Place(NamedTuple):
    """Where a delivery stands among those of its table: later is greater."""

    delivery_date: date
    arrival: int
    sha256: str
    modified_ns: int
    name: str


class Known(Protocol):
    """What landing has to know of the past. The ledger answers."""

    def is_known_file(self, system: str, name: str, bytes: int, modified_ns: int) -> bool:
        """True if exactly this file was landed, rejected or found to be a repeat before."""

    def has(self, delivery_id: str) -> bool:
        """True if this delivery was landed or rejected before."""

    def places(self, system: str, table: str) -> Collection[Place]:
        """Of all deliveries of the table, rejected ones too."""

    def next_arrival(self) -> int:
        """A number greater than every arrival so far."""
