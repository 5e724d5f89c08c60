"""Lines of a delivery that are no rows.

Here belongs what a reject says, in words. Finding them is the business of each format's reader.
"""

from __future__ import annotations

from dataclasses import dataclass

MISSING = "has fewer values than the header has columns"
TOO_MANY = "has more values than the header has columns"
ENCODING = "has bytes that are no characters in the file's encoding"
QUOTES = "has a quote that is not closed or is followed by more text"
BEFORE_HEADER = "comes before the header"
HEADER_AGAIN = "repeats the header"
TOO_LONG = "is longer than 16 MB"


@dataclass(frozen=True)
class Reject:
    """One line, or several if a quoted cell runs over them, kept as it stands in the file."""

    file: int
    """Index of the delivery in its batch."""
    line: int
    raw: str
    reason: str
