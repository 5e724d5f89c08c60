"""Disks that are full for as long as a test wants: a small file system in memory, or a quota on the size of files."""

from __future__ import annotations

import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 48


@dataclass(frozen=True)
class Disk:
    folder: Path
    full: Callable[[], AbstractContextManager[None]]
    """Within it nothing more can be written, by this process at least."""


@contextmanager
def small_file_system(folder: Path) -> Iterator[Disk | None]:
    """None if this user may not mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield Disk(folder, lambda: _filled(folder))
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass
    except OSError:
        yield
    finally:
        filler.unlink()


@contextmanager
def quota(size: int = 0) -> Iterator[None]:
    """Files of this process cannot grow beyond `size`."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
