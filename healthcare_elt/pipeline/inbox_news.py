"""What lies in the inbox and is new, what is late, and what the sensor holds back: for `status`.

Here belongs asking all three with one listing of the inbox. What each of them means is in `pending`, `lateness` and
`ready`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from healthcare_elt.landing import Discovery
from healthcare_elt.ledger import DeliveryState
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import new_files, unknown_files
from healthcare_elt.pipeline.lateness import LateDelivery, late_deliveries
from healthcare_elt.pipeline.pending import Pending, as_pending
from healthcare_elt.pipeline.ready import WRITING, not_ready


@dataclass(frozen=True)
class HeldBack:
    """Deliveries of a system for a date that nobody loads by itself, since others of that date are missing."""

    system: str
    delivery_date: date
    deliveries: int
    waits_for: str
    """Tables and date, in words."""


@dataclass(frozen=True)
class InboxNews:
    new_files: int = 0
    """Those that the next run takes; what cannot be taken is not among them."""
    late: tuple[LateDelivery, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    """In order of system and date; what is still being written is not told, since seconds end it."""


def inbox_news(home: Home, found: Discovery, states: Collection[DeliveryState], now: datetime) -> InboxNews:
    """
    Args:
        found: what `look` has just seen in the inbox.
        states: all deliveries of the ledger.
        now: aware.
    """
    new = len(unknown_files(found, home.ledger.known()))
    if not any(system.due or system.ready_when for system in home.systems):
        return InboxNews(new)
    not_landed = {as_pending(each) for each in new_files(home, found)}
    landed = {as_pending(each.delivery) for each in states if each.state == "landed" and each.delivery}
    return InboxNews(
        new,
        tuple(late_deliveries(home, now, not_landed)),
        tuple(_held_back(home, not_landed | landed, now)),
    )


def clock_changes(home: Home, now: datetime) -> datetime:
    """When the clock alone may next change what is told of the inbox: at midnight, or as soon as something is due.

    Args:
        now: aware.
    """
    tz = home.settings.tz
    today = now.astimezone(tz).date()
    moments = [datetime.combine(today + timedelta(days=1), time(), tz)]
    moments += [datetime.combine(today, system.due, tz) for system in home.systems if system.due]
    # Moments of one time zone are compared by their clocks, which are set back once a year.
    return min(later for moment in moments if (later := moment.astimezone(UTC)) > now.astimezone(UTC))


def _held_back(home: Home, pending: Collection[Pending], now: datetime) -> list[HeldBack]:
    counts: dict[tuple[str, date, str], int] = defaultdict(int)
    for each, waits_for in not_ready(home, pending, now).items():
        if waits_for != WRITING:
            counts[each.system, each.delivery_date, waits_for] += 1
    return [HeldBack(system, day, count, waits_for) for (system, day, waits_for), count in sorted(counts.items())]
