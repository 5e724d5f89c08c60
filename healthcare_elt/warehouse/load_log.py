"""One line of the warehouse's load log, the same for every warehouse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from healthcare_elt.contracts import Contract


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
    ignored_columns: str | None = None
    """Names that the file has and bronze has not, since the contract said so when it was loaded: JSON, or None."""


def as_ignored(names: Sequence[str]) -> str | None:
    """What the load log says of the names that bronze leaves out."""
    return json.dumps(list(names), ensure_ascii=False) if names else None


def would_keep(contract: Contract, ignored_columns: str) -> bool:
    """True if the contract of now takes a column that an earlier one ignored."""
    names = json.loads(ignored_columns)
    return contract.on_new_column == "evolve" or any(contract.own_name(n) in contract.column_names for n in names)
