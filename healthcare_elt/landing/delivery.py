"""What is known about one delivery once it is in the landing zone.

Here belongs its identity and the facts needed to load it. How they were found out is in `inspect`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

Format = Literal["csv", "json", "ndjson", "parquet"]
Compression = Literal["none", "gzip", "zstd"]
Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "windows-1252"]
"""Python's codec names; `utf-16` begins with a byte order mark."""


def delivery_id(system: str, table: str, delivery_date: date, sha256: str) -> str:
    """The same bytes for the same table and date are the same delivery, whatever the file is called."""
    identity = "\x1f".join((system, table, delivery_date.isoformat(), sha256))
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Delivery:
    """One file of one source table for one delivery date."""

    delivery_id: str
    system: str
    table: str
    delivery_date: date
    arrival: int
    sha256: str
    bytes: int
    name: str
    """Path below the system's inbox folder when it was found."""
    landing_key: str
    format: Format
    compression: Compression
    encoding: Encoding
    delimiter: str
    """Empty unless the format is csv."""
    columns: tuple[str, ...]
    """Names in file order, stripped and in lower case; empty if the file is rejected for its names."""
    new_columns: tuple[str, ...]
    """Those of `columns` that the contract does not declare."""
    modified_ns: int
    warnings: tuple[str, ...]
    header: tuple[str, ...] = ()
    """`columns` exactly as the file writes them: JSON and Parquet readers need that."""
    quote: str = '"'
    """Empty if no character quotes."""
    escape: str = '"'
    """What stands before a quote inside of quotes: the quote again, or a backslash."""
    preamble: int = 0
    """Lines before the header."""
    has_utf_8: bool = False
    """True if some letters are UTF-8 although most are in `encoding`: their lines are no rows."""
    has_long_lines: bool = False
    """True if a line is of more than 4 million letters."""
    rejected_by: str = ""
    """The landing fingerprint of the contract that rejected it; empty if none did."""

    def to_json(self) -> str:
        return json.dumps(vars(self) | {"delivery_date": self.delivery_date.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Delivery:
        stored: dict[str, Any] = json.loads(text)
        known = {field.name for field in fields(cls)}
        values = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items() if name in known
        }
        return cls(**values | {"delivery_date": date.fromisoformat(stored["delivery_date"])})
