"""A CSV delivery as a file that the engine reads: the landing file itself, or a copy where that must be.

Here belongs deciding between the two. How a copy is written is in `csv_copy`.
"""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.warehouse import csv_copy
from healthcare_elt.warehouse.content import Content, delivered, stored

_LOOK = 4096


@dataclass(frozen=True)
class CsvFile:
    """What the engine is told to read for one delivery; the first line is the header."""

    delivery: Delivery
    zone: LandingZone
    copy: Path | None = None
    skipped: int = 0
    """Lines of the delivery that come before the copy's first line."""

    @property
    def uri(self) -> str:
        return str(self.copy) if self.copy else self.zone.uri(self.delivery.landing_key)

    @property
    def compression(self) -> str:
        return "none" if self.copy else self.delivery.compression

    def content(self) -> AbstractContextManager[Content]:
        return stored(self.copy, "none") if self.copy else delivered(self.zone, self.delivery)


def csv_file(delivery: Delivery, zone: LandingZone, work: Path) -> CsvFile:
    """The landing file; a copy if it is no UTF-8 or begins with blank lines."""
    file = CsvFile(delivery, zone)
    if delivery.encoding in ("utf-8", "utf-8-sig"):
        with file.content() as content:
            if not csv_copy.blank_start(content.read(_LOOK), delivery.delimiter):
                return file
    return _copied(file, work)


def _copied(file: CsvFile, work: Path) -> CsvFile:
    delivery, target = file.delivery, _new(file, work)
    with file.content() as content:
        skipped = csv_copy.write_utf_8(content, delivery.encoding, delivery.delimiter, target)
    return replace(file, copy=target, skipped=skipped)


def with_one_line_end(file: CsvFile, work: Path, *, keep_cells: bool) -> CsvFile:
    """A copy in which every line ends the same; with `keep_cells`, lines inside quoted cells end as they did."""
    copied = file if file.copy else _copied(file, work)
    assert copied.copy
    target = _new(file, work)
    csv_copy.write_one_line_end(copied.copy, copied.delivery.delimiter, target, keep_cells=keep_cells)
    copied.copy.unlink()
    return replace(copied, copy=target)


def without(file: CsvFile, start: int, length: int, work: Path) -> CsvFile:
    """A copy in which the given bytes are left out."""
    target = _new(file, work)
    with file.content() as content:
        csv_copy.write_without(content, start, length, target)
    if file.copy:
        file.copy.unlink()
    return replace(file, copy=target)


def _new(file: CsvFile, work: Path) -> Path:
    return work / f"{file.delivery.delivery_id}-{uuid.uuid4().hex}.csv"
