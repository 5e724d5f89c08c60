"""One line of the warehouse's load log, the same for every warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class LoadLogEntry:
    """A delivery that is loaded; written in the transaction that loaded its rows."""

    delivery_id: str
    system: str
    table: str
    delivery_date: date
    arrival: int
    delivers: str
    """`full` or `changes`, as the contract said when it was loaded."""
    landing_key: str
    sha256: str
    name: str
    bytes: int
    modified_ns: int
    details: str
    """The delivery as JSON."""
    rows: int
    rejects: int
    run_id: str
    loaded_at: datetime
    """UTC, without a time zone, as all timestamps in the warehouse."""
    withdrawn_at: datetime | None = None
    """From when on it does not count; None if it does."""
    withdrawn_reason: str | None = None
