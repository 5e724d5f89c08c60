"""What a load says about each delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Loaded:
    """A delivery whose rows are in bronze; the load log says so too."""

    delivery_id: str
    rows: int
    rejects: int
    """Lines that are no rows, kept beside the bronze table."""


@dataclass(frozen=True)
class Unreadable:
    """A delivery of which nothing was loaded; `reason` is one sentence for the ledger."""

    delivery_id: str
    reason: str


Outcome = Loaded | Unreadable
