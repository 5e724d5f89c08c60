"""Sets of deliveries of both source systems with everything that may happen to history, made by chance.

Here belongs what is sent and in which order it is loaded: in a small world for whole pipelines, where keys meet often,
and in a large one where every key is an example of its own. What must become of it is in tests/oracle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from healthcare_elt.contracts.formats import is_npi

DAYS = 5
BAD_NPI = "1000000013"
BAD_DATE = "1987-02-30"
COLUMNS = {
    "icon_health.patients": ("patient_id", "gender", "birth_date"),
    "icon_health.providers": ("provider_name", "npi", "zip"),
    "icon_health.encounters_details": ("encounter_id", "npi", "patient_id", "cpt", "paid_amount"),
    "icon_health.adverse_events": ("encounter_id",),
    "icon_health.employer_in_network": ("employer_id", "in_network_npis"),
    "icon_health.referrals": ("patient_id", "gender", "birth_date", "procedure", "zip", "employer_id"),
    "synthea.patients": ("Id", "BIRTHDATE", "DEATHDATE", "MARITAL", "GENDER", "ZIP"),
    "synthea.payers": ("Id", "NAME", "PHONE"),
    "synthea.encounters": (
        "Id", "START", "STOP", "PATIENT", "ORGANIZATION", "PROVIDER", "PAYER", "ENCOUNTERCLASS", "TOTAL_CLAIM_COST",
    ),
    "synthea.conditions": ("START", "STOP", "PATIENT", "ENCOUNTER", "CODE"),
    "synthea.medications": ("START", "STOP", "PATIENT", "PAYER", "ENCOUNTER", "CODE", "BASE_COST"),
    "synthea.payer_transitions": ("PATIENT", "START_DATE", "END_DATE", "PAYER", "SECONDARY_PAYER", "PLAN_OWNERSHIP"),
}  # fmt: skip
ICON_HEALTH = tuple(name for name in COLUMNS if name.startswith("icon_health."))

Cells = tuple[str, ...]


def _npis() -> Iterator[str]:
    return (npi for number in range(1_000_000_012, 2_000_000_000) if is_npi(npi := str(number)))


def _numbered(letter: str, count: int) -> Cells:
    """And now and then none."""
    return (*(f"{letter}{number}" for number in range(1, count + 1)), "")


def _moments(day: str, count: int) -> Cells:
    return tuple(f"{day}-{number:02}T0{number % 3}:00:00Z" for number in range(1, count + 1))


@dataclass(frozen=True)
class World:
    """How many different things there are, and how many rows a delivery has at most."""

    things: int = 6
    rows: int = 8
    cells: dict[str, tuple[Cells, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = self.things
        npis = (*islice(_npis(), max(4, n // 2)), BAD_NPI)
        born, procedures = ("1950-02-02", "1980-01-01", BAD_DATE), ("27130", "29888")
        employers = ("EMP001", "EMP002", *(f"EMP9{number:03}" for number in range(n // 6)))
        cares, codes, payers = _moments("2025-12", 3), ("1", "2"), _numbered("Y", 2)
        cells: dict[str, tuple[Cells, ...]] = {
            "icon_health.patients": (_numbered("P", n), ("F", "F", "M", "Q", ""), born),
            "icon_health.providers": (("Hip", "Knee", ""), npis, ("10001", "10002", "x", "")),
            "icon_health.encounters_details": (
                _numbered("E", n), npis, _numbered("P", n + 1), procedures, ("1", "2", "3.50", "-1", ""),
            ),
            "icon_health.adverse_events": (_numbered("E", n + 1),),
            "icon_health.employer_in_network": ((*employers, ""), npis),
            "icon_health.referrals": (
                _numbered("P", n + 1), ("F", "M"), born, procedures, ("10001", "10002", "x"), employers,
            ),
            "synthea.patients": (
                _numbered("P", 4), ("1950-02-02", BAD_DATE), ("", "2026-01-03"), ("M", "S", ""), ("F", "M"), ("1", "2"),
            ),
            "synthea.payers": (payers, ("Plan", "Fund", ""), ("", "1")),
            "synthea.encounters": (
                _numbered("E", 4), (*cares, "2026-01-04T08:00:00Z"), cares, _numbered("P", 5), _numbered("O", 2),
                _numbered("D", 2), _numbered("Y", 3), ("inpatient", "wellness"), ("1", "2"),
            ),
            "synthea.conditions": (
                ("2025-12-01", "2026-01-04"), ("", "2026-01-05"), _numbered("P", 5), _numbered("E", 4), codes,
            ),
            "synthea.medications": (
                cares, ("", "2026-01-03T00:00:00Z"), _numbered("P", 5), payers, _numbered("E", 4), codes, ("1", "2"),
            ),
            "synthea.payer_transitions": (
                _numbered("P", 5), cares, ("2025-12-31T00:00:00Z", "2026-01-04T00:00:00Z"), payers, payers,
                ("Self", ""),
            ),
        }  # fmt: skip
        object.__setattr__(self, "cells", cells)

    def row(self, name: str, random: Random) -> Cells:
        if name == "icon_health.employer_in_network":
            employers, npis = self.cells[name]
            return random.choice(employers), ",".join(random.choices(npis, k=random.randint(0, 4)))
        return tuple(map(random.choice, self.cells[name]))


@dataclass(frozen=True)
class Sent:
    """One file: its source table, its delivery date as a day from 0, and its rows."""

    name: str
    day: int
    rows: tuple[Cells, ...] = field(repr=False)


@dataclass(frozen=True)
class Case:
    sent: list[Sent]
    """In order of arrival."""
    batches: list[list[int]]
    """In which order they are loaded, each as its place in `sent`."""
    withdrawn: dict[int, list[int]] = field(default_factory=dict)
    """What is withdrawn with a batch, of what was loaded before it."""


def _sent(world: World, name: str, day: int, before: list[Sent], random: Random) -> Sent:
    """Now and then exactly what was sent before, for the same day or another, or the same in another order."""
    if before and random.random() < 0.25:
        again = random.choice(before)
        same_day = random.random() < 0.5
        rows = again.rows if random.random() < 0.5 else tuple(random.sample(again.rows, len(again.rows)))
        return Sent(name, again.day if same_day else day, rows)
    return Sent(name, day, tuple(world.row(name, random) for _ in range(random.randint(0, world.rows))))


def case(
    random: Random, names: tuple[str, ...] = tuple(COLUMNS), world: World | None = None, most_cuts: int = 2
) -> Case:
    world = world or World()
    sent: list[Sent] = []
    for name in names:
        for day in range(DAYS):
            for _ in range(random.choice((0, 1, 1, 1, 2))):
                before = [each for each in sent if each.name == name]
                sent.append(_sent(world, name, day, before, random))
    random.shuffle(sent)
    batches = _day_by_day(sent, random) if random.random() < 0.5 else _by_chance(sent, random, most_cuts)
    return Case(sent, [batch for batch in batches if batch])


def with_withdrawals(made: Case, random: Random) -> Case:
    left: set[int] = set()
    withdrawn: dict[int, list[int]] = {}
    for number, batch in enumerate(made.batches):
        withdrawn[number] = random.sample(sorted(left), k=min(len(left), random.choice((0, 0, 1, 2))))
        left = (left | {*batch}) - {*withdrawn[number]}
    return Case(made.sent, made.batches, withdrawn)


def _by_chance(sent: list[Sent], random: Random, most_cuts: int) -> list[list[int]]:
    order = random.sample(range(len(sent)), len(sent))
    cuts = sorted(random.sample(range(1, len(sent)), random.randint(1, most_cuts)))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]


def _day_by_day(sent: list[Sent], random: Random) -> list[list[int]]:
    """The first days at once, then each of the last days, as most homes work."""
    first = DAYS - random.randint(1, 2)
    days = [range(first), *([day] for day in range(first, DAYS))]
    return [[number for number, each in enumerate(sent) if each.day in batch] for batch in days]
