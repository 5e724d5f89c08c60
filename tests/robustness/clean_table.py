"""One clean table of the contract `icon_health.providers`, and a writer for every dialect.

Here belongs what is right. How it is spoilt is in the `polluted_*` modules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from healthcare_elt.contracts.formats import is_npi

Row = tuple[str, ...]

HEADER: Row = ("provider_name", "npi", "zip")
NPIS = [str(number) for number in range(1_000_000_000, 1_000_001_000) if is_npi(str(number))]
NAMES = [
    "Northgate Clinic",
    "Smith, Jane",
    'Anne "Annie" Dell',
    "O'Brien Practice",
    "Clínica Río",
    "Bayside; Harbour",
    "Pipe | Works",
    "Tab\tTown",
    r"Back\slash House",
    "Plain Care",
    "No Zip Centre",
    "Line one\nline two",
]
ROWS: tuple[Row, ...] = tuple(
    (name, npi, "" if name == "No Zip Centre" else str(10001 + number))
    for number, (name, npi) in enumerate(zip(NAMES, NPIS, strict=False))
)
PLAIN = tuple((f"Care {number}", NPIS[number], row[2] or "10011") for number, row in enumerate(ROWS))
"""The same without anything that has to be quoted."""


@dataclass(frozen=True)
class Pollution:
    """A file, and the one of three outcomes that it must have."""

    name: str
    content: bytes
    rows: Sequence[Row] = ROWS
    """What the file states, by people's reading of it."""
    rejects: dict[int, str] = field(default_factory=dict)
    """Lines that are no rows, with a part of the reason."""
    quarantined: dict[int, str] = field(default_factory=dict)
    """Row numbers with their broken rules."""
    lost: Sequence[int] = ()
    """Positions in `rows` of those that come back only as rejects or in quarantine."""
    warning: str = ""
    """A part of what landing warns of."""
    rejected: str = ""
    """A part of the sentence with which the file is rejected."""
    without: Sequence[str] = ()
    """Columns that the file does not have under their names."""
    suffix: str = ".csv"


def line(cells: Sequence[str], delimiter: str = ",", quote: str = '"', escape: str = "", always: bool = False) -> str:
    """A record; cells are quoted where they must be, or always."""
    return delimiter.join(_cell(cell, delimiter, quote, escape or quote, always) for cell in cells)


def _cell(cell: str, delimiter: str, quote: str, escape: str, always: bool) -> str:
    has_to = any(each in cell for each in (delimiter, quote, "\r", "\n", escape) if each)
    if not quote or not (always or has_to):
        return cell
    if escape != quote:
        cell = cell.replace(escape, escape * 2)
    return quote + cell.replace(quote, escape + quote) + quote


def table(
    rows: Sequence[Row] = ROWS,
    header: Sequence[str] = HEADER,
    end: str = "\n",
    **dialect: str | bool,
) -> str:
    return "".join(line(cells, **dialect) + end for cells in (header, *rows))  # type: ignore[arg-type]
