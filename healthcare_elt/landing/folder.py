"""The landing zone in a folder of this machine.

Here belongs what makes a file durable, immutable and never half there. Keys are built in `zone`.
"""

from __future__ import annotations

import errno
import fcntl
import filecmp
import os
import uuid
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from healthcare_elt.landing.zone import conflict, require_key

STAGING_FOLDER = ".staging"
NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class FolderLandingZone:
    """Deliveries as read-only files below `root`."""

    on_this_machine = True

    def __init__(self, root: Path) -> None:
        self.root = root

    def begin(self) -> FolderStaging:
        folder = self.root / STAGING_FOLDER
        make_folders(folder)
        return FolderStaging(self, folder / uuid.uuid4().hex)

    def open(self, key: str) -> BinaryIO:
        return self.path(key).open("rb")

    def uri(self, key: str) -> str:
        return str(self.path(key).absolute())

    def exists(self, key: str) -> bool:
        return self.path(key).is_file()

    def held(self, keys: Collection[str]) -> set[str]:
        return {key for key in keys if self.exists(key)}

    def keys(self, prefix: str = "") -> Iterator[str]:
        top = self.root / prefix.rpartition("/")[0]
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(name for name in folders if name != STAGING_FOLDER)
            for name in sorted(files):
                key = (Path(folder) / name).relative_to(self.root).as_posix()
                if key.startswith(prefix):
                    yield key

    def clean(self) -> int:
        removed = 0
        for leftover in sorted((self.root / STAGING_FOLDER).glob("*")):
            with leftover.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:  # a living process is writing it
                    continue
                leftover.unlink()
                removed += 1
        return removed

    def path(self, key: str) -> Path:
        return self.root / require_key(key)


class FolderStaging:
    """A file in the dot-folder of the same file system, locked while its process lives."""

    def __init__(self, zone: FolderLandingZone, path: Path) -> None:
        self._zone = zone
        self._path = path
        self._file = path.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def write(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        while rest:
            rest = rest[self._file.write(rest) :]

    def commit(self, key: str) -> None:
        target = self._zone.path(key)
        os.fsync(self._file.fileno())
        os.fchmod(self._file.fileno(), 0o444)
        make_folders(target.parent)
        try:
            create_once(self._path, target)
        except FileExistsError:
            if not filecmp.cmp(self._path, target, shallow=False):
                raise conflict(key) from None
        sync_folder(target.parent)
        self.abort()

    def abort(self) -> None:
        self._path.unlink(missing_ok=True)
        self._file.close()

    def __enter__(self) -> FolderStaging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


def create_once(source: Path, target: Path) -> None:
    """Give `source` the name `target` in one step, unless that name is taken (FileExistsError)."""
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        # Some network and desktop file systems cannot link; the home's lock keeps others out meanwhile.
        if target.exists():
            raise FileExistsError(target) from None
        source.rename(target)


def make_folders(folder: Path) -> None:
    """Create a folder and its parents so that they survive a power cut."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
