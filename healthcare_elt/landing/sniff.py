"""The header line and the delimiter of a delimited text.

Here belongs the shape of the text. Whether the names are those of the contract is in `names`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from healthcare_elt.landing.names import normalised

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Header:
    delimiter: str
    names: tuple[str, ...]
    """As the file writes them."""
    has_rows: bool
    """True if anything but blank lines follows the header in the text."""


def sniff_header(text: str, wanted: Collection[str], tab_first: bool = False) -> Header | None:
    """The header under the delimiter that finds most of the wanted names; none in a blank text."""
    delimiters = sorted(DELIMITERS, key=lambda delimiter: delimiter != "\t") if tab_first else DELIMITERS
    headers = [header for delimiter in delimiters if (header := _read(text, delimiter)) is not None]
    return max(headers, key=lambda header: len(set(normalised(header.names)) & set(wanted)), default=None)


def _read(text: str, delimiter: str) -> Header | None:
    records = _records(text, delimiter)
    try:
        names = next(records, None)
    except csv.Error:  # a first record too long to be names
        return None
    return names and Header(delimiter, tuple(names), _is_there(records))


def _is_there(records: Iterator[list[str]]) -> bool:
    try:
        return next(records, None) is not None
    except csv.Error:
        return True


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if len(record) > 1 or any(field.strip() for field in record):
            yield record
