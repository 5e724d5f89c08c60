"""Immutable Parquet files in one place.

Here belongs naming a segment, and finding and reading segments. Where their bytes are is in `folder_store` and
`s3_store`; what is in them is the caller's business.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

_NAME = re.compile(r"[0-9]+-[^/]*\.parquet")


class SegmentStore(Protocol):
    """Where the bytes of segments are; as a text it is the place's name for people."""

    def create(self, name: str, content: bytes) -> None:
        """In one step, never in the place of another; after this returns it survives a power cut."""

    def names(self) -> list[str]:
        """Of all that lies there, in order."""

    def read(self, name: str) -> bytes:
        """
        Raises:
            FileNotFoundError: it is gone.
        """

    def remove(self, names: Iterable[str]) -> None: ...

    def hide(self, names: Iterable[str]) -> None:
        """Keep them under names that no reader takes."""

    def clean(self) -> None:
        """Remove what killed processes left unfinished."""


@dataclass(frozen=True)
class Contents:
    """What one look at the place found."""

    tables: dict[str, pa.Table]
    unreadable: tuple[str, ...]
    """Names of segments that are cut off, empty, damaged or of another schema."""

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers between those of whole segments that no segment has; merging removes the first ones first."""
        whole = [_number(name) for name in self.tables]
        there = {*whole, *(_number(name) for name in self.unreadable)}
        return tuple(number for number in range(min(whole), max(whole)) if number not in there) if whole else ()


class Segments:
    """The segments of one place, all of one schema."""

    def __init__(self, store: SegmentStore, schema: pa.Schema) -> None:
        self.store = store
        self.schema = schema

    def write(self, table: pa.Table) -> str:
        """Add a segment; after this returns it survives a power cut."""
        names = self.names()
        number = _number(names[-1]) + 1 if names else 1
        name = f"{number:012}-{uuid.uuid4().hex[:8]}.parquet"
        content = pa.BufferOutputStream()
        pq.write_table(table.cast(self.schema), content, compression="zstd")
        self.store.create(name, content.getvalue().to_pybytes())
        return name

    def names(self) -> list[str]:
        """In the order in which they were written."""
        return [name for name in self.store.names() if _NAME.fullmatch(name)]

    def read(self, columns: Sequence[str] | None = None) -> Contents:
        """Read all, or these columns of all; a segment that another process merged away is in its new place."""
        wanted = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        while True:
            try:
                return self._read(self.names(), wanted)
            except FileNotFoundError:
                continue

    def _read(self, names: list[str], wanted: pa.Schema) -> Contents:
        tables: dict[str, pa.Table] = {}
        unreadable = []
        for name in names:
            try:
                file = pq.ParquetFile(pa.BufferReader(self.store.read(name)))
                if not file.metadata.num_rows:  # none is ever written
                    raise ValueError
                tables[name] = file.read(wanted.names, use_threads=False).select(wanted.names).cast(wanted)
            except FileNotFoundError:
                raise
            except (pa.ArrowException, OSError, KeyError, ValueError):
                unreadable.append(name)
        return Contents(tables, tuple(unreadable))


def _number(name: str) -> int:
    return int(name.partition("-")[0])
