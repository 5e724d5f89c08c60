"""The book: incidents that were told, and notes that are still to be sent on each channel.

Here belongs what is remembered between two looks, as one JSON file that is replaced in one step by whoever holds its
lock. What is noted in it is decided in `changes`, what is sent from it in `deliver`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from healthcare_elt.alerts.incident import Incident
from healthcare_elt.atomic import replace_file
from healthcare_elt.settings import Settings


class BookBusy(Exception):
    """Another process has the book: what it does need not be done twice."""


class Note(BaseModel):
    """Something to tell on one channel."""

    kind: Literal["new", "still", "over", "summary", "test"]
    at: AwareDatetime
    incident: Incident | None = None
    lines: tuple[str, ...] = ()
    """Of a summary or a test, which have no incident."""


class OpenIncident(BaseModel):
    """An incident that holds, and who was told of it."""

    incident: Incident
    told: tuple[str, ...] = ()
    told_at: AwareDatetime


class ChannelState(BaseModel):
    """What waits for one channel, and how its last attempts went."""

    notes: list[Note] = Field(default_factory=list)
    """Oldest first."""
    dropped: int = 0
    """Notes that waited for too long since the last message."""
    failures: int = 0
    """Attempts in a row that failed."""
    failing_since: AwareDatetime | None = None
    retry_at: AwareDatetime | None = None
    """Nothing is sent before."""
    why: str = ""
    """What was wrong at the last attempt."""
    sent_at: list[AwareDatetime] = Field(default_factory=list)
    """Messages of the last hour."""


class Book(BaseModel):
    """All that is remembered."""

    open: dict[str, OpenIncident] = Field(default_factory=dict)
    """By key."""
    channels: dict[str, ChannelState] = Field(default_factory=dict)
    summarized_until: AwareDatetime | None = None


def read_book(settings: Settings) -> Book:
    """The book as it was last written; an empty one if it is not there or damaged.

    What is still wrong is then told again, which is better than never.
    """
    try:
        return Book.model_validate_json(settings.alerts_book.read_bytes())
    except (FileNotFoundError, ValidationError):
        return Book()


def write_book(settings: Settings, book: Book) -> None:
    """Replace the file in one step.

    Raises:
        OSError: it cannot be written.
    """
    replace_file(settings.alerts_book, book.model_dump_json(indent=1).encode())


@contextmanager
def held_book(settings: Settings) -> Iterator[None]:
    """Hold the book's lock.

    Raises:
        BookBusy: another process holds it.
    """
    lock: Path = settings.alerts_book.with_name(".alerts.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout:
        raise BookBusy("Another process looks and sends just now; nothing is left to do.") from None
