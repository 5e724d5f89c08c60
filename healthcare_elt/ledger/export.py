"""The ledger as CSV, for people with a spreadsheet.

Here belongs the readable form only: nothing reads it back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from healthcare_elt.atomic import replace_file
from healthcare_elt.ledger.state import DeliveryState

COLUMNS = (
    "arrival",
    "system",
    "table",
    "delivery_date",
    "name",
    "state",
    "rows",
    "rejects",
    "quarantined",
    "superseded",
    "repeated",
    "reason",
    "landed_at",
    "loaded_at",
    "bytes",
    "sha256",
    "delivery_id",
    "landing_key",
    "run_id",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_csv(states: Iterable[DeliveryState], path: Path) -> None:
    """Replace the file in one step, unless it says the same already."""
    content = _csv(states).encode()
    if path.is_file() and path.read_bytes() == content:
        return
    replace_file(path, content)


def _csv(states: Iterable[DeliveryState]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(state, column)) for column in COLUMNS] for state in states)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A spreadsheet runs a cell that begins like a formula, and file names are the sender's choice."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value
