"""The bytes of a delivery as its sender wrote them, before compression.

Here belongs reading a delivery in Python: what an engine's own reader cannot do. Which way is taken is the
engine's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.warehouse.errors import DamagedFile

CHUNK = 1 << 20


class Content(Protocol):
    def read(self, size: int = CHUNK) -> bytes: ...


@contextmanager
def delivered(zone: LandingZone, delivery: Delivery) -> Iterator[Content]:
    """The content of a delivery in the landing zone."""
    with zone.open(delivery.landing_key) as file:
        yield _content(file, delivery.compression)


@contextmanager
def stored(path: Path, compression: str) -> Iterator[Content]:
    """The content of a file of this machine."""
    with path.open("rb") as file:
        yield _content(file, compression)


def _content(file: BinaryIO, compression: str) -> Content:
    return file if compression == "none" else _Decompressed(file, compression)


class _Decompressed:
    def __init__(self, file: BinaryIO, compression: str) -> None:
        self._compression = compression
        self._stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), compression)

    def read(self, size: int = CHUNK) -> bytes:
        try:
            return self._stream.read(size)
        except (pa.ArrowInvalid, OSError):
            raise DamagedFile(f"is a {self._compression} file that is cut off or damaged") from None


def chunks(content: Content) -> Iterator[bytes]:
    while chunk := content.read(CHUNK):
        yield chunk


@dataclass(frozen=True)
class Found:
    line: int
    """Of its first byte, counted from 1."""
    raw: bytes


def found_at(content: Content, wanted: Iterable[tuple[int, int]]) -> Iterator[Found]:
    """The bytes at each (start, length), which are in order of start and do not overlap."""
    position, line_ends, before = 0, 0, b""
    for start, length in wanted:
        while position < start and (passed := content.read(min(CHUNK, start - position))):
            line_ends += _line_ends(before, passed)
            position, before = position + len(passed), passed[-1:]
        raw = bytearray()
        while len(raw) < length and (more := content.read(length - len(raw))):
            raw += more
        yield Found(line_ends + 1, bytes(raw))
        line_ends += _line_ends(before, raw)
        position, before = position + len(raw), bytes(raw[-1:]) or before


def _line_ends(before: bytes, chunk: bytes | bytearray) -> int:
    """Line ends of any kind; `before` is the byte before the chunk, where a CRLF may have begun."""
    whole = chunk.count(b"\r") + chunk.count(b"\n") - chunk.count(b"\r\n")
    return whole - (before == b"\r" and chunk[:1] == b"\n")
