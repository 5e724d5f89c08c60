"""The inbox as a protocol: where senders put their files, which the platform only reads.

Here belongs what every kind of inbox promises (tests/contract/test_inbox.py holds each to it). One implementation is
one module: `inbox_folder`, `inbox_s3`. Which contract a file belongs to is `inbox`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol
from unicodedata import category

from healthcare_elt.landing.outcome import Waiting

UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")


class State(NamedTuple):
    """What tells one file from another of the same name."""

    bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Entry:
    """A finished file, by its name alone."""

    system: str
    """Its folder at the top of the inbox; empty if it lies in none."""
    name: str
    """Relative to the system's folder."""
    state: Callable[[], State | None]
    """None if it is no file; raises OSError, FileNotFoundError if it vanished."""


class Inbox(Protocol):
    """Files in folders of source systems."""

    def entries(self, problems: list[Waiting]) -> Iterator[Entry]:
        """Every file that is not ignored; what cannot be looked at is added to the problems.

        Raises:
            UnreadableInbox: nothing of it can be listed.
        """

    def open(self, system: str, name: str) -> BinaryIO:
        """
        Raises:
            OSError, UnreadableInbox: it cannot be read.
        """

    def is_unchanged(self, system: str, name: str, state: State, source: BinaryIO) -> bool:
        """True if all that was read from `source` is the content of the file in this state."""


def is_ignored(name: str) -> bool:
    """Dot files, the markers that other tools leave (`_SUCCESS`, `_committed_…`), and copies in progress."""
    return name.startswith((".", "_")) or name.lower().endswith(UNFINISHED)


def printable(name: str) -> str:
    """The name without what no log or Parquet file can hold, and no terminal obeys."""
    shown = name.encode("utf-8", "backslashreplace").decode()
    return "".join(letter.encode("unicode_escape").decode() if category(letter) == "Cc" else letter for letter in shown)
