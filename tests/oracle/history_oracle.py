"""Slowly changing history by definition, in plain Python: what any path through the pipeline is held against.

Here belongs what design.md says of deliveries, versions and validity, one key at a time, without SQL, increments or any
code of the product. Deliveries are given whole, as a set; the order in which they are given makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Key = tuple[Any, ...]
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Delivery:
    """The valid rows of one file, in its order."""

    day: date
    arrival: int
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Version:
    """What a key was like from one day up to, but without, another; for ever if there is none."""

    valid_from: date
    valid_to: date | None
    values: Values


def history_of(
    deliveries: Iterable[Delivery], delivers: Literal["full", "changes"], key: Sequence[str], values: Sequence[str]
) -> dict[Key, list[Version]]:
    """The versions of every key, oldest first; a key that was never live has none."""
    states = _states(deliveries, delivers, key, values)
    return {each: versions for each in states if (versions := _versions(states[each]))}


def _states(
    deliveries: Iterable[Delivery], delivers: str, key: Sequence[str], values: Sequence[str]
) -> dict[Key, list[tuple[date, Values | None]]]:
    """What is said of each key on each day on which something is said of it; None for its deletion."""
    by_day: dict[date, dict[Key, Values]] = {}
    for delivery in sorted(deliveries, key=lambda each: (each.day, each.arrival)):
        rows = {
            tuple(row[name] for name in key): tuple(row[name] for name in values) for row in delivery.rows
        }  # of two rows for one key the later counts
        if delivers == "full":
            by_day[delivery.day] = rows
        else:
            by_day.setdefault(delivery.day, {}).update(rows)
    states: dict[Key, list[tuple[date, Values | None]]] = {}
    for day, rows in sorted(by_day.items()):
        for each, said in rows.items():
            states.setdefault(each, []).append((day, said))
        if delivers == "full":
            for each in states.keys() - rows.keys():
                states[each].append((day, None))
    return states


def _versions(states: list[tuple[date, Values | None]]) -> list[Version]:
    changes: list[tuple[date, Values | None]] = []
    for day, said in states:
        if said != (changes[-1][1] if changes else None):
            changes.append((day, said))
    ends = [day for day, _ in changes[1:]] + [None]
    return [Version(day, end, said) for (day, said), end in zip(changes, ends, strict=True) if said is not None]
