"""An event in a few words: what is asked of all history on every run.

Here belongs what lets a run with one new delivery pass over ten thousand old ones without telling each of them in full.
An event in full is in `event`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

import pyarrow as pa

from healthcare_elt.ledger.event import values_of


class BriefEvent(NamedTuple):
    """The fields of `Event` of the same names."""

    event: str
    at: datetime
    delivery_id: str
    system: str
    table: str
    delivery_date: date
    arrival: int | None
    sha256: str
    name: str
    bytes: int
    modified_ns: int
    rows: int | None


BRIEF = BriefEvent._fields


def brief_from_table(table: pa.Table) -> Iterator[BriefEvent]:
    return map(BriefEvent, *(values_of(table, name) for name in BRIEF))
