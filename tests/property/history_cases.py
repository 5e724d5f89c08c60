"""Small sets of deliveries of icon_health with everything that may happen to history, made by chance.

Here belongs what is sent and in which order it is loaded. What must become of it is in `plain_account`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

DAYS = 5
NPIS = ("1000000012", "1000000020", "1000000038", "1000000046")
BAD_NPI = "1000000013"
EMPLOYERS = ("EMP001", "EMP002")
BORN = ("1950-02-02", "1980-01-01", "1987-02-30")
COLUMNS = {
    "patients": ("patient_id", "gender", "birth_date"),
    "providers": ("provider_name", "npi", "zip"),
    "encounters_details": ("encounter_id", "npi", "patient_id", "cpt", "paid_amount"),
    "adverse_events": ("encounter_id",),
    "employer_in_network": ("employer_id", "in_network_npis"),
    "referrals": ("patient_id", "gender", "birth_date", "procedure", "zip", "employer_id"),
}


def _numbered(letter: str, count: int) -> tuple[str, ...]:
    return (*(f"{letter}{number}" for number in range(1, count + 1)), "")


_any_npi = (*NPIS, BAD_NPI)
_procedures = ("27130", "29888")
_cells: dict[str, tuple[tuple[str, ...], ...]] = {
    "patients": (_numbered("P", 6), ("F", "F", "M", "Q", ""), BORN),
    "providers": (("Hip", "Knee", ""), _any_npi, ("10001", "10002", "x", "")),
    "encounters_details": (_numbered("E", 6), _any_npi, _numbered("P", 7), _procedures, ("1", "2", "3", "-1", "")),
    "adverse_events": (_numbered("E", 7),),
    "employer_in_network": ((*EMPLOYERS, ""), ()),
    "referrals": (_numbered("P", 7), ("F", "M"), BORN, _procedures, ("10001", "10002", "x"), EMPLOYERS),
}


@dataclass(frozen=True)
class Sent:
    """One file: its table, its delivery date as a day from 0, and its rows."""

    table: str
    day: int
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Case:
    sent: list[Sent]
    """In order of arrival."""
    batches: list[list[int]]
    """In which order they are loaded, each as its place in `sent`."""


def _row(table: str, random: Random) -> tuple[str, ...]:
    if table == "employer_in_network":
        return random.choice(_cells[table][0]), ",".join(random.choices(_any_npi, k=random.randint(0, 4)))
    return tuple(map(random.choice, _cells[table]))


def _sent(table: str, day: int, before: list[Sent], random: Random) -> Sent:
    """Now and then exactly what was sent before, for the same day or another."""
    if before and random.random() < 0.2:
        return Sent(table, day, random.choice(before).rows)
    return Sent(table, day, tuple(_row(table, random) for _ in range(random.randint(0, 8))))


def case(random: Random) -> Case:
    sent: list[Sent] = []
    for table in COLUMNS:
        for day in range(DAYS):
            for _ in range(random.choice((0, 1, 1, 1, 2))):
                before = [each for each in sent if each.table == table]
                sent.append(_sent(table, day, before, random))
    random.shuffle(sent)
    batches = random.choice((_by_chance, _day_by_day))(sent, random)
    return Case(sent, [batch for batch in batches if batch])


def _by_chance(sent: list[Sent], random: Random) -> list[list[int]]:
    order = random.sample(range(len(sent)), len(sent))
    cuts = sorted(random.sample(range(1, len(sent)), random.randint(1, 2)))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]


def _day_by_day(sent: list[Sent], random: Random) -> list[list[int]]:
    """The first days at once, then each of the last days, as most homes work."""
    first = DAYS - random.randint(1, 2)
    days = [range(first), *([day] for day in range(first, DAYS))]
    return [[number for number, each in enumerate(sent) if each.day in batch] for batch in days]
