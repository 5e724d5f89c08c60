"""An incident: one condition that holds now and that somebody should know of.

Here belongs its form. Where incidents are found is in `deliveries` and, for what Dagster knows, in `defs/incidents.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from healthcare_elt.side_by_side import side_by_side

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
"""In rising order."""

ToldEvent = Literal[
    "run_failed", "check_failed", "inbox_unreadable", "delivery_late", "delivery_rejected", "quarantine", "drift"
]
"""What a rule of the policy may send to a channel."""
IncidentEvent = Literal[ToldEvent, "channel_down"]

LONGEST_LOOK = 25.0
"""Seconds; with sending, less than the minute after which Dagster ends a sensor."""
WATCHED = timedelta(days=7)
"""Of failed runs and of deliveries the last news may be so old; what is older leaves the book without a note."""


class Incident(BaseModel):
    """What is wrong; `key` is the same at every look for as long as it is."""

    model_config = ConfigDict(frozen=True)

    key: str
    event: IncidentEvent
    severity: Severity
    since: AwareDatetime
    latest: AwareDatetime
    """When the last sign of it was seen, such as the newest of several failed runs."""
    what: str
    """One sentence."""
    deliveries: tuple[str, ...] = ()
    """Those concerned, as a person names them."""
    next: str
    """The command to type."""
    link: str = ""
    """Path of a page of the Dagster UI."""

    @property
    def ages(self) -> bool:
        """True if it goes out of sight by age, so that its absence need not mean that it is over."""
        return self.event in ("run_failed", "delivery_late", "delivery_rejected", "quarantine")


@dataclass(frozen=True)
class Source:
    """One place where incidents are found, and the events that only it tells of."""

    events: tuple[IncidentEvent, ...]
    find: Callable[[], Iterable[Incident]]


@dataclass(frozen=True)
class Look:
    """What one look at all sources found."""

    found: dict[str, Incident] = field(default_factory=dict)
    """By key."""
    unknown: dict[IncidentEvent, str] = field(default_factory=dict)
    """Events whose source could not be read, with the sentence that says why."""


def look(sources: Iterable[Source], told: Callable[[Exception], str], seconds: float = LONGEST_LOOK) -> Look:
    """Ask every source; one that cannot be read, or hangs, hides none of the others.

    Args:
        told: the sentence of an error.
        seconds: for all sources together.
    """
    seen = Look()
    by_events = {source.events[0]: source for source in sources}
    results = side_by_side({name: partial(_keyed, source) for name, source in by_events.items()}, seconds)
    for name, result in results.items():
        if isinstance(result, Exception):
            why = f"{name} could not be read within {seconds:.0f} seconds."
            sentence = why if isinstance(result, TimeoutError) else told(result)
            seen.unknown.update(dict.fromkeys(by_events[name].events, sentence))
        else:
            seen.found.update(result)
    return seen


def _keyed(source: Source) -> dict[str, Incident]:
    return {incident.key: incident for incident in source.find()}
