"""Segments as files in a folder.

Here belongs making a file durable in one step. Nothing that is not hidden lies in the folder but whole segments, so
that `pandas.read_parquet(folder)` always works.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from healthcare_elt.landing.folder import create_once, make_folders, sync_folder

LEFTOVER_SECONDS = 3600
"""A dot-file older than this was left by a process that was killed."""


class FolderStore:
    """The segments below one folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    def create(self, name: str, content: bytes) -> None:
        make_folders(self.folder)
        unfinished = self.folder / f".{name}.tmp"
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            create_once(unfinished, self.folder / name)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(self.folder)

    def names(self) -> list[str]:
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(path.name for path in found)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        sync_folder(self.folder)

    def hide(self, names: Iterable[str]) -> None:
        for name in names:
            (self.folder / name).rename(self.folder / f".{name}.damaged")
        sync_folder(self.folder)

    def clean(self) -> None:
        for leftover in self.folder.glob(".*.parquet.tmp"):
            if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                leftover.unlink(missing_ok=True)
