"""The words of a message: what waits for one channel, as one text.

Here belongs how notes read. They hold names, numbers, dates, ids and our own sentences, and so does every message.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from healthcare_elt.alerts.book import Note
from healthcare_elt.alerts.incident import Incident
from healthcare_elt.settings import Settings

MOST_DELIVERIES = 10
"""Named in one note; the rest is counted."""
COUNTED = {"new": "new", "still": "not over yet", "over": "over"}


@dataclass(frozen=True)
class Message:
    """What one channel is told at once."""

    id: str
    """Equal for the same notes, so that a receiver knows one that comes twice."""
    title: str
    """One line."""
    text: str
    """All of it but the title, in lines."""
    notes: list[dict[str, Any]]
    """The same as plain values, for a program that reads them; each with an id of its own."""


def compose(notes: Sequence[Note], settings: Settings, dropped: int = 0) -> Message:
    """
    Args:
        dropped: how many older notes could not be kept until now.
    """
    blocks = [_block(note, settings) for note in notes]
    if dropped:
        lost = f"{dropped:,} older notes could not be kept until now; `healthcare-elt alerts show` says what lasts."
        blocks.insert(0, [lost])
    values = [_values(note, settings) for note in notes]
    return Message(
        id=_id(",".join(value["id"] for value in values)),
        title=_title(notes, blocks),
        text="\n\n".join("\n".join(block) for block in blocks),
        notes=values,
    )


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _title(notes: Sequence[Note], blocks: Sequence[Sequence[str]]) -> str:
    if len(blocks) == 1:
        return f"healthcare-elt: {blocks[0][0]}"
    counts = Counter(COUNTED[note.kind] for note in notes if note.kind in COUNTED)
    told = [f"{count:,} {word}" for word, count in counts.items()]
    told += ["daily summary"] if any(note.kind == "summary" for note in notes) else []
    return f"healthcare-elt: {', '.join(told)}"


def _block(note: Note, settings: Settings) -> list[str]:
    incident = note.incident
    if incident is None:
        return list(note.lines)
    if note.kind == "over":
        lasted = f"It lasted from {_moment(incident.since, settings)} to {_moment(note.at, settings)}."
        return [f"Over: {incident.what}", lasted]
    begin = "Not over yet, " if note.kind == "still" else ""
    lines = [f"{begin}{incident.severity}: {incident.what}", f"Since {_moment(incident.since, settings)}."]
    if incident.deliveries:
        lines.append(f"Deliveries: {_named(incident)}.")
    lines.append(f"Next: {incident.next}")
    if incident.link:
        lines.append(_url(incident, settings))
    return lines


def _named(incident: Incident) -> str:
    more = len(incident.deliveries) - MOST_DELIVERIES
    named = ", ".join(incident.deliveries[:MOST_DELIVERIES])
    return f"{named} and {more:,} more" if more > 0 else named


def _values(note: Note, settings: Settings) -> dict[str, Any]:
    values: dict[str, Any] = {"id": _id(note.model_dump_json()), "kind": note.kind, "at": note.at.isoformat()}
    if note.incident is None:
        return values | {"lines": list(note.lines)}
    values |= note.incident.model_dump(mode="json", exclude={"link", "latest"})
    return values | ({"link": _url(note.incident, settings)} if note.incident.link else {})


def _url(incident: Incident, settings: Settings) -> str:
    return f"{settings.ui_url.rstrip('/')}{incident.link}"


def _moment(moment: datetime, settings: Settings) -> str:
    return f"{moment.astimezone(settings.tz):%Y-%m-%d %H:%M %Z}"
