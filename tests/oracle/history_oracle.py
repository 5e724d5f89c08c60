"""Slowly changing history by definition, in plain Python: what any path through the pipeline is held against.

Here belongs what design.md, section 3, says of deliveries, rows, versions and validity, one key at a time, without SQL,
increments or any code of the product. Deliveries are given whole, as a set; the order in which they are given makes no
difference. What gold makes of several source tables is in `gold_oracle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, pairwise
from typing import Any, Literal

Key = tuple[Any, ...]
Values = tuple[Any, ...]
Place = tuple[date, int, int]
"""Day and arrival of a delivery, and the number of a row in it, from 1."""
State = tuple[date, Values | None]
"""What a key is like from a moment on; None when it is deleted."""
Delivers = Literal["full", "changes"]


@dataclass(frozen=True)
class Delivery:
    """The rows of one file, in its order."""

    day: date
    arrival: int
    rows: Sequence[Mapping[str, Any]]
    broken: frozenset[int] = frozenset()
    """Numbers, from 1, of the rows that broke a rule."""


@dataclass(frozen=True)
class Version:
    """What a key was like from one moment up to, but without, another; for ever if there is none."""

    valid_from: date
    valid_to: date | None
    values: Values


@dataclass
class Account:
    """What became of every row of a source table (P1), and the history of every key."""

    classes: dict[Place, str] = field(default_factory=dict)
    states: dict[Key, list[State]] = field(default_factory=dict)
    """In order of their moments, none equal to the one before it; a key that was never live has none."""

    @property
    def tombstones(self) -> set[tuple[Key, date]]:
        return {(key, day) for key, states in self.states.items() for day, said in states if said is None}

    @property
    def current(self) -> dict[Key, Values]:
        return {key: states[-1][1] for key, states in self.states.items() if states[-1][1] is not None}

    @property
    def versions(self) -> dict[Key, list[Version]]:
        """Oldest first."""
        return {key: versions_of(states) for key, states in self.states.items()}


@dataclass(frozen=True)
class _Word:
    """What one delivery says of one key: its row, or that it is absent."""

    moment: date
    place: Place
    values: Values | None


def history_of(
    deliveries: Iterable[Delivery], delivers: Delivers, key: Sequence[str], values: Sequence[str]
) -> dict[Key, list[Version]]:
    """The versions of every key, oldest first; a key that was never live has none."""
    return account_of(deliveries, delivers, key, values).versions


def account_of(
    deliveries: Iterable[Delivery],
    delivers: Delivers,
    key: Sequence[str],
    values: Sequence[str],
    effective_at: str | None = None,
) -> Account:
    """The class of every row and the history of every key.

    Args:
        effective_at: the column that says from when a row holds; its delivery's day if None.
    """
    result = Account()
    words: dict[Key, list[_Word]] = {}
    before: set[Key] = set()
    for delivery in _that_count(deliveries, delivers, result):
        present: set[Key] = set()
        for number, row in enumerate(delivery.rows, 1):
            place = (delivery.day, delivery.arrival, number)
            present.add(named := tuple(row[name] for name in key))
            if number in delivery.broken:
                result.classes[place] = "quarantined"
            else:
                moment = row[effective_at] if effective_at else delivery.day
                words.setdefault(named, []).append(_Word(moment, place, tuple(row[name] for name in values)))
        if delivers == "full":
            for named in before - present:
                words.setdefault(named, []).append(_Word(delivery.day, (delivery.day, delivery.arrival, 0), None))
            before = present
    for named, said in words.items():
        if states := _states(said, result.classes):
            result.states[named] = states
    return result


def _that_count(deliveries: Iterable[Delivery], delivers: Delivers, result: Account) -> Iterable[Delivery]:
    """In order; of several full deliveries for one day only the last, whatever the others hold."""
    for _, of_day in groupby(sorted(deliveries, key=lambda each: (each.day, each.arrival)), lambda each: each.day):
        *earlier, last = of_day
        if delivers == "changes":
            yield from earlier
        else:
            for each in earlier:
                places = ((each.day, each.arrival, number) for number in range(1, len(each.rows) + 1))
                result.classes |= dict.fromkeys(places, "superseded")
        yield last


def _states(words: list[_Word], classes: dict[Place, str]) -> list[State]:
    """At one moment the last word counts; a word equal to the one before it changes nothing."""
    states: list[State] = []
    for _, of_moment in groupby(sorted(words, key=lambda word: (word.moment, word.place)), lambda word: word.moment):
        *others, last = of_moment
        for word in others:
            if word.values is not None:
                classes[word.place] = "repeat" if word.values == last.values else "superseded"
        is_news = last.values != (states[-1][1] if states else None)
        if is_news:
            states.append((last.moment, last.values))
        if last.values is not None:
            classes[last.place] = "version" if is_news else "repeat"
    return states


def merged(states: Iterable[State]) -> list[State]:
    """The states in their order without those that say what the one before said; nothing is said before the first."""
    kept: list[State] = []
    for moment, said in states:
        if said != (kept[-1][1] if kept else None):
            kept.append((moment, said))
    return kept


def versions_of(states: Iterable[State]) -> list[Version]:
    """Each live state up to the next state."""
    upto = pairwise([*merged(states), (None, None)])
    return [Version(moment, end, said) for (moment, said), (end, _) in upto if said is not None]
