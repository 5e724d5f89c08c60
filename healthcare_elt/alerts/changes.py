"""What is new, what lasts and what is over: one look compared with the book.

Here belongs that comparison, as a function of its arguments: it reads nothing, sends nothing and asks no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from healthcare_elt.alerts.book import Book, ChannelState, Note, OpenIncident
from healthcare_elt.alerts.incident import WATCHED, Incident, Look
from healthcare_elt.alerts.policy import Policy, channel_down_key

KEPT = timedelta(hours=72)
"""How long a note waits for a channel that is down."""
MOST_KEPT = 1000
"""Notes that wait for one channel; beyond it the oldest are dropped."""
DOWN_AFTER = 3
"""Attempts in a row after which the other channels hear that one is down: about three minutes."""


def note_changes(book: Book, policy: Policy, look: Look, now: datetime) -> None:
    """Bring the book up to date with a look at everything.

    A new incident is one note on each of its channels, one that lasts is none (or a reminder), one that is over is one
    note wherever it was told. An incident whose source could not be read is left as it is.
    """
    book.channels = {name: book.channels.get(name, ChannelState()) for name in policy.channels}
    found = look.found | {incident.key: incident for incident in _channels_down(book)}
    for key in [key for key in book.open if key not in found]:
        if book.open[key].incident.event not in look.unknown:
            _close(book, policy, book.open.pop(key), now)
    for key, incident in found.items():
        if key in book.open:
            _go_on(book, policy, book.open[key], incident, now)
        else:
            told = policy.channels_for(incident)
            book.open[key] = OpenIncident(incident=incident, told=told, told_at=now)
            tell(book, told, Note(kind="new", at=now, incident=incident))


def tell(book: Book, channels: Iterable[str], note: Note) -> None:
    """Let a note wait for each of these channels that there is."""
    for name in channels:
        if name in book.channels:
            book.channels[name].notes.append(note)


def drop_old_notes(book: Book, now: datetime) -> None:
    """What has waited for too long, or is too much, is counted and dropped; what still holds is told anew."""
    for name, channel in book.channels.items():
        kept = [note for note in channel.notes if note.at > now - KEPT][-MOST_KEPT:]
        dropped = channel.notes[: len(channel.notes) - len(kept)]
        for note in dropped:
            if note.kind == "new" and note.incident and (known := book.open.get(note.incident.key)):
                known.told = tuple(other for other in known.told if other != name)
        channel.dropped += len(dropped)
        channel.notes = kept


def _go_on(book: Book, policy: Policy, known: OpenIncident, incident: Incident, now: datetime) -> None:
    """It lasts: those hear of it who have to since it became worse or the policy changed, or all once again."""
    known.incident = incident.model_copy(update={"since": min(incident.since, known.incident.since)})
    untold = tuple(name for name in policy.channels_for(incident) if name not in known.told)
    tell(book, untold, Note(kind="new", at=now, incident=known.incident))
    known.told_at = min(known.told_at, now)  # a clock that was ahead may have been set back
    if policy.repeat_after and now - known.told_at >= policy.repeat_after:
        tell(book, known.told, Note(kind="still", at=now, incident=known.incident))
        known.told_at = now
    known.told += untold


def _close(book: Book, policy: Policy, known: OpenIncident, now: datetime) -> None:
    incident = known.incident
    if incident.ages and incident.latest <= now - WATCHED:
        return
    besides = policy.channels_of("run_recovered") if incident.event == "run_failed" else ()
    tell(book, dict.fromkeys((*known.told, *besides)), Note(kind="over", at=now, incident=incident))


def _channels_down(book: Book) -> Iterable[Incident]:
    """A channel that fails is an incident like any other, for all channels but itself."""
    for name, channel in book.channels.items():
        if channel.failures >= DOWN_AFTER and channel.failing_since:
            yield Incident(
                key=channel_down_key(name),
                event="channel_down",
                severity="error",
                since=channel.failing_since,
                latest=channel.failing_since,
                what=f"Alerts cannot be sent on channel {name}; they wait up to {KEPT // timedelta(hours=1)} hours.",
                next=f"healthcare-elt alerts test --channel {name}",
            )
