"""A lock that a run's process holds while it lives; the operating system gives it back, however the process ends.

Here belongs telling whether the process of a run is alive. What follows from that is said in `defs.killed_runs`.
"""

from __future__ import annotations

import fcntl
from collections.abc import Collection
from typing import BinaryIO

from healthcare_elt.settings import Settings

_held: dict[str, BinaryIO] = {}


def hold(settings: Settings, run_id: str) -> None:
    """Lock this run until the process ends or begins another run; its last event is written by then."""
    if run_id in _held:
        return
    settings.running.mkdir(parents=True, exist_ok=True)
    begun = settings.running / f".{run_id}"
    file = begun.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    # It gets its name when it is locked, so that nobody ever sees the lock of a living run free.
    begun.rename(settings.running / run_id)
    for other in list(_held):
        _held.pop(other).close()
    _held[run_id] = file


def is_alive(settings: Settings, run_id: str) -> bool | None:
    """Whether the run's process lives; None if it never said that it had begun."""
    try:
        file = (settings.running / run_id).open("rb")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def forget(settings: Settings, unfinished: Collection[str]) -> None:
    """Remove the files of all other runs that no process holds."""
    if not settings.running.is_dir():
        return
    for file in settings.running.iterdir():
        run_id = file.name
        if not run_id.startswith(".") and run_id not in unfinished and is_alive(settings, run_id) is False:
            file.unlink(missing_ok=True)
