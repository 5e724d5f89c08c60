"""An answer that stands while nothing that it rests on has changed: kept in a file, and read back instead of asked.

What it rests on are files, as the operating system tells of them (which file, its size, when it was written and when
anything of it last changed, who may read it), the question, and the clock up to the moment that the asker names. The
file says all of that itself, so whoever reads it needs to know nothing of what was asked. Removing it loses nothing;
whatever is wrong with it, it is as if it were not there; of two processes that write it the later one wins.

Here belongs whether an answer stands. Nothing but the standard library is imported here, for commands that are to be
quick. What the questions are is the callers' business; `warehouse.standing` keeps what a database tells the change of.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import Any

TICK = 0.1
"""Seconds; a second change within a tick of the file system's clock may look like the first."""
COARSE_TICK = 2.0
"""Where a file's time has no parts of a second."""
OWNER = 0o600
"""The file is for who asked: the question may have been made of what others shall not guess."""
NOT_LOOKED_INTO = "__pycache__"
"""What Python writes beside sources when it first reads them says nothing new."""


@dataclass(frozen=True)
class Basis:
    """What an answer rests on, as it was when the asking began."""

    question: str
    trees: tuple[str, ...]
    """Files, and folders with all that is below them."""
    folders: tuple[str, ...]
    """Folders of which the names in them count, and not what the files hold."""
    at: float
    state: str
    changed_at: float
    """The last moment up to which the change of a file may have gone unseen."""


def basis(question: str, trees: Sequence[Path], folders: Sequence[Path]) -> Basis:
    """Look at it now; call this before anything that the answer rests on is read."""
    at = time.time()
    of_trees, of_folders = tuple(map(str, trees)), tuple(map(str, folders))
    state, changed_at = _state(of_trees, of_folders)
    return Basis(question, of_trees, of_folders, at, state, changed_at)


def is_as_it_was(of: Basis) -> bool:
    """False if something changed since, or so shortly before that more may have changed unseen."""
    return of.changed_at < of.at and _state(of.trees, of.folders)[0] == of.state


def keep(file: Path, of: Basis, until: float, answer: Any) -> None:
    """Keep the answer, unless something changed meanwhile.

    Where its folder is not there, nothing is kept either: who only asks makes none.

    Args:
        until: seconds since 1970, when the clock alone may make another answer.
        answer: what JSON can hold.
    """
    from healthcare_elt.atomic import replace_file

    if not is_as_it_was(of) or not file.parent.is_dir():
        return
    told = {"question": of.question, "trees": of.trees, "folders": of.folders, "state": of.state}
    with suppress(OSError):  # who may only read, or has no space left, asks again the next time
        replace_file(file, json.dumps({**told, "since": of.at, "until": until, "answer": answer}).encode(), OWNER)


def kept(file: Path, question: str) -> Any | None:
    """The answer to that question if it stands."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(file.read_bytes())
        if told["question"] == question and told["since"] <= time.time() < told["until"]:
            return told["answer"] if _state(told["trees"], told["folders"])[0] == told["state"] else None
    return None


def _state(trees: Sequence[str], folders: Sequence[str]) -> tuple[str, float]:
    """A hash of all that the operating system tells of them, and until when a further change may have gone unseen."""
    seen = hashlib.sha256()
    unseen_until = 0.0
    looks = [(path, _told(Path(path).stat)) for path in folders]
    for path, found in [*looks, *(each for tree in trees for each in _below(tree))]:
        if isinstance(found, int):
            seen.update(f"{path}\0{found}\0".encode(errors="surrogateescape"))
            continue
        told = found.st_mode, found.st_uid, found.st_gid, found.st_dev, found.st_ino
        times = found.st_size, found.st_mtime_ns, found.st_ctime_ns
        seen.update(f"{path}\0{told}{times}\0".encode(errors="surrogateescape"))
        # The time of the change is the machine's own; a file may come with any time of writing.
        tick = TICK if found.st_ctime_ns % 1_000_000_000 else COARSE_TICK
        unseen_until = max(unseen_until, found.st_ctime_ns / 1e9 + tick)
    return seen.hexdigest(), unseen_until


def _told(ask: Callable[[], os.stat_result]) -> os.stat_result | int:
    """What is told of the file behind all links, or the number of the error."""
    try:
        return ask()
    except OSError as error:
        return error.errno or -1


def _below(path: str) -> Iterator[tuple[str, os.stat_result | int]]:
    """The path and all that is below it; links to folders are followed at the top and one below, as the inbox's are."""
    found = _told(Path(path).stat)
    yield path, found
    if not isinstance(found, int) and S_ISDIR(found.st_mode):
        yield from _inside(path, follows_links=True)


def _inside(folder: str, *, follows_links: bool) -> Iterator[tuple[str, os.stat_result | int]]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        yield folder, error.errno or -1
        return
    for entry in entries:
        if entry.name != NOT_LOOKED_INTO:
            yield entry.path, _told(entry.stat)
            if entry.is_dir(follow_symlinks=follows_links):
                yield from _inside(entry.path, follows_links=False)
