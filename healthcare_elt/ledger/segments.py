"""Immutable Parquet files in a folder.

Here belongs making a segment durable in one step, and finding, reading and removing segments. What is in them is
the caller's business. Nothing that is not hidden lies in the folder but whole segments, so that
`pandas.read_parquet(folder)` always works.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from healthcare_elt.landing.folder import create_once, make_folders, sync_folder

LEFTOVER_SECONDS = 3600
"""A dot-file older than this was left by a process that was killed."""


@dataclass(frozen=True)
class Contents:
    """What one look at the folder found."""

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
    """The segments of one folder, all of one schema."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self.folder = folder
        self.schema = schema

    def write(self, table: pa.Table) -> str:
        """Add a segment; after this returns it survives a power cut."""
        make_folders(self.folder)
        names = self.names()
        number = _number(names[-1]) + 1 if names else 1
        name = f"{number:012}-{uuid.uuid4().hex[:8]}.parquet"
        unfinished = self.folder / f".{name}.tmp"
        try:
            with unfinished.open("xb") as file:
                pq.write_table(table.cast(self.schema), file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            create_once(unfinished, self.folder / name)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(self.folder)
        return name

    def names(self) -> list[str]:
        """In the order in which they were written."""
        found = self.folder.glob("[0-9]*-*.parquet") if self.folder.is_dir() else ()
        return sorted(path.name for path in found)

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
                file = pq.ParquetFile(pa.BufferReader((self.folder / name).read_bytes()))
                if not file.metadata.num_rows:  # none is ever written
                    raise ValueError
                tables[name] = file.read(wanted.names, use_threads=False).select(wanted.names).cast(wanted)
            except FileNotFoundError:
                raise
            except (pa.ArrowException, OSError, KeyError, ValueError):
                unreadable.append(name)
        return Contents(tables, tuple(unreadable))

    def remove(self, names: list[str]) -> None:
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        sync_folder(self.folder)

    def hide(self, names: Iterable[str]) -> None:
        for name in names:
            (self.folder / name).rename(self.folder / f".{name}.damaged")
        sync_folder(self.folder)

    def clean(self) -> None:
        """Remove what killed processes left unfinished."""
        for leftover in self.folder.glob(".*.parquet.tmp"):
            if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                leftover.unlink(missing_ok=True)


def _number(name: str) -> int:
    return int(name.partition("-")[0])
