"""One turn: look, compare with the book, write it down, send what waits.

Here belongs the order of these. Who calls it, and how often, is in `defs/alerts.py` and `cli/alerts.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from healthcare_elt.alerts.book import held_book, read_book, write_book
from healthcare_elt.alerts.changes import drop_old_notes, note_changes
from healthcare_elt.alerts.deliver import Sent, deliver
from healthcare_elt.alerts.incident import Source, look
from healthcare_elt.alerts.policy import Policy
from healthcare_elt.alerts.summary import CountRuns, note_summary
from healthcare_elt.pipeline.errors import sentence_of
from healthcare_elt.pipeline.home import Home


@dataclass(frozen=True)
class Turn:
    """What one turn came to."""

    open: int
    """Incidents that hold."""
    sent: dict[str, Sent] = field(default_factory=dict)
    """By channel; those without anything to send are left out."""
    unknown: tuple[str, ...] = ()
    """Sentences on what could not be looked at."""

    def sentence(self) -> str:
        """All of it, on one line."""
        told = [f"Open incidents: {self.open:,}."]
        for name, sent in self.sent.items():
            told.append(f"{name}: {sent.sentence}." if sent.ok else f"{name} failed: {sent.sentence}.")
        return " ".join([*told, *self.unknown])


def take_turn(home: Home, policy: Policy, sources: Sequence[Source], count_runs: CountRuns, now: datetime) -> Turn:
    """Tell what is new and what is over.

    Raises:
        BookBusy: another process takes its turn.
        OSError: the book cannot be written; then nothing is sent.
    """
    with held_book(home.settings):
        book = read_book(home.settings)
        before = book.model_dump_json()
        seen = look(sources, told)
        note_changes(book, policy, seen, now)
        unknown = [*seen.unknown.values()]
        if not seen.unknown:  # else it waits for a look that sees everything
            try:
                note_summary(book, policy, home, count_runs, now)
            except Exception as error:  # it is tried again at the next turn, and keeps nothing else back
                unknown.append(told(error))
        drop_old_notes(book, now)
        if book.model_dump_json() != before:
            write_book(home.settings, book)
        sent = deliver(book, policy, home.settings, now, lambda: write_book(home.settings, book))
        return Turn(len(book.open), sent, tuple(dict.fromkeys(unknown)))


def told(error: Exception) -> str:
    """The sentence of an error without the name of any file, since that may be a person's."""
    if isinstance(error, OSError) and error.errno:
        error = OSError(error.errno, "")
    return sentence_of(error, None)
