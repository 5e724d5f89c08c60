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
from healthcare_elt.warehouse.content import Content, Found, delivered, found_at, stored

LONGEST_RAW = 1 << 20
"""Bytes of a broken line that are kept beside the delivery itself."""


@dataclass(frozen=True)
class CsvFile:
    """What the engine is told to read for one delivery; the first line is the header."""

    delivery: Delivery
    zone: LandingZone
    copy: Path | None = None
    preamble: tuple[str, ...] = ()
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
    """The landing file; a copy if it is no UTF-8, begins before its header or has backslashes before quotes."""
    file = CsvFile(delivery, zone)
    has_escapes = delivery.escape == "\\"
    if delivery.encoding.startswith("utf-8") and not delivery.preamble and not has_escapes:
        return file
    copied = _copied(file, work)
    return _with_escapes(copied, work) if has_escapes else copied


def _copied(file: CsvFile, work: Path) -> CsvFile:
    target = _new(file, work)
    with file.content() as content:
        preamble = csv_copy.write_utf_8(content, file.delivery, target)
    return replace(file, copy=target, preamble=tuple(preamble))


def _with_escapes(copied: CsvFile, work: Path) -> CsvFile:
    assert copied.copy
    target = _new(copied, work)
    csv_copy.write_escapes(copied.copy, copied.delivery, target)
    copied.copy.unlink()
    return replace(copied, copy=target)


def mended(file: CsvFile, work: Path) -> tuple[CsvFile, list[Found]]:
    """A copy in which all lines end alike, without those that are broken; these, from their start."""
    copied = file if file.copy else _copied(file, work)
    assert copied.copy
    target = _new(file, work)
    broken = csv_copy.write_mended(copied.copy, copied.delivery, target)
    with copied.content() as content:
        found = list(found_at(content, ((start, min(length, LONGEST_RAW)) for start, length in broken)))
    copied.copy.unlink()
    return replace(copied, copy=target), found


def _new(file: CsvFile, work: Path) -> Path:
    return work / f"{file.delivery.delivery_id}-{uuid.uuid4().hex}.csv"
