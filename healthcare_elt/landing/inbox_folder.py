"""The inbox in a folder of this machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from errno import ELOOP
from functools import partial
from pathlib import Path
from typing import BinaryIO

from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.landing.inbox_protocol import Entry, State, is_ignored
from healthcare_elt.landing.outcome import Waiting


@dataclass(frozen=True)
class FolderInbox:
    """Files below `root`; a root that is not there yet is empty."""

    root: Path

    def entries(self, problems: list[Waiting]) -> Iterator[Entry]:
        for top in self._tops():
            if is_ignored(top.name):
                continue
            if not top.is_dir():
                yield Entry("", top.name, partial(_state, top))
                continue
            for folder, folders, names in os.walk(top, onerror=lambda error: problems.append(self._closed(error))):
                folders[:] = sorted(each for each in folders if not is_ignored(each))
                for name in sorted(each for each in names if not is_ignored(each)):
                    path = Path(folder) / name
                    yield Entry(top.name, path.relative_to(top).as_posix(), partial(_state, path))

    def open(self, system: str, name: str) -> BinaryIO:
        # Unbuffered: the chunks are large already.
        return self._path(system, name).open("rb", buffering=0)

    def is_unchanged(self, system: str, name: str, state: State, source: BinaryIO) -> bool:
        found = self._path(system, name).stat()
        return os.path.samestat(found, os.fstat(source.fileno())) and (found.st_size, found.st_mtime_ns) == state

    def _path(self, system: str, name: str) -> Path:
        return self.root / system / name

    def _tops(self) -> list[Path]:
        try:
            return sorted(self.root.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnreadableInbox(
                f"The inbox {self.root} cannot be read ({error.strerror}); make it a folder that this user may read, "
                "and run again."
            ) from error

    def _closed(self, error: OSError) -> Waiting:
        system, _, name = Path(error.filename).relative_to(self.root).as_posix().partition("/")
        reason = "is a folder that cannot be read; give this user the right to read it"
        return Waiting(system, None, name or system, reason)


def _state(path: Path) -> State | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            raise OSError(ELOOP, "it leads nowhere") from None
        raise
    return State(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
