"""Any set of deliveries, in any order and in any batches, gives the tables that all at once give (P1, P3).

Here belong the deliveries to try, loading them in two ways, and an account of the classes in plain Python. Each
dbt build costs seconds, so few examples run by default; HYPOTHESIS_PROFILE=soak tries many.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from healthcare_elt.contracts import Contract
from healthcare_elt.contracts.formats import is_npi
from healthcare_elt.landing import Delivery
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.transform import transform

settings.register_profile("quick", max_examples=5, derandomize=True)
settings.register_profile("soak", max_examples=200)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

FIRST_DAY, DAYS = date(2026, 1, 2), 5
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

# What may be delivered: few keys and few values, so that they meet


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


def _case(random: Random) -> Case:
    sent: list[Sent] = []
    for table in COLUMNS:
        for day in range(DAYS):
            for _ in range(random.choice((0, 1, 1, 1, 2))):
                before = [each for each in sent if each.table == table]
                sent.append(_sent(table, day, before, random))
    random.shuffle(sent)
    order = random.sample(range(len(sent)), len(sent))
    cuts = sorted(random.sample(range(1, len(sent)), random.randint(1, 2)))
    ends = zip([0, *cuts], [*cuts, len(sent)], strict=True)
    return Case(sent, [order[start:end] for start, end in ends])


# Each example costs seconds, so none is spent on the nearly empty ones that Hypothesis would begin with.
cases = st.integers(0, 2**32 - 1).map(lambda seed: _case(Random(seed)))


# The account in plain Python


@dataclass
class Account:
    """What design.md, section 3, says of the rows of one table."""

    classes: dict[tuple[str, int], str] = field(default_factory=dict)
    tombstones: set[tuple[Any, ...]] = field(default_factory=set)
    """Key and date."""
    current: set[tuple[Any, ...]] = field(default_factory=set)
    """Live keys."""


@dataclass(frozen=True)
class Row:
    place: tuple[str, int]
    """Delivery and row number."""
    key: tuple[str | None, ...]
    values: tuple[str | None, ...]
    is_valid: bool


def account(contract: Contract, deliveries: list[tuple[Delivery, list[dict[str, str]]]]) -> Account:
    """The classes of all rows of the deliveries, which are in order of date and arrival."""
    result = Account()
    states: list[tuple[date, list[Row]]] = []
    for day, of_day in groupby(deliveries, lambda pair: pair[0].delivery_date):
        read = [[_read(contract, delivery, *line) for line in enumerate(lines, 1)] for delivery, lines in of_day]
        if contract.delivers == "full":
            *earlier, last = read
            result.classes |= {row.place: "superseded" for rows in earlier for row in rows}
            read = [last]
        states.append((day, [row for rows in read for row in rows]))
    for key in {row.key for _, rows in states for row in rows}:
        _account_of_key(contract, key, states, result)
    return result


def _account_of_key(contract: Contract, key: tuple, states: list[tuple[date, list[Row]]], result: Account) -> None:
    live: tuple | None = None
    for day, rows in states:
        mine = [row for row in rows if row.key == key]
        valid = [row for row in mine if row.is_valid]
        result.classes |= {row.place: "quarantined" for row in mine if not row.is_valid}
        if valid:
            *others, winner = valid
            for row in others:
                result.classes[row.place] = "repeat" if row.values == winner.values else "superseded"
            result.classes[winner.place] = "repeat" if winner.values == live else "version"
            live = winner.values
        elif not mine and contract.delivers == "full" and live is not None:
            result.tombstones.add((*key, day))
            live = None
    if live is not None:
        result.current.add(key)


def _read(contract: Contract, delivery: Delivery, number: int, cells: dict[str, str]) -> Row:
    values = {name: cell or None for name, cell in cells.items()}
    if (npis := values.get("in_network_npis")) is not None:
        values["in_network_npis"] = ",".join(sorted({npi for npi in npis.split(",") if is_npi(npi)})) or None
    return Row(
        (delivery.delivery_id, number),
        tuple(values[name] for name in contract.key),
        tuple(value for name, value in values.items() if name not in contract.key),
        _is_valid(cells),
    )


def _is_valid(cells: dict[str, str]) -> bool:
    may_be_blank = {"gender", "zip", "paid_amount"}
    return (
        all(cell or name in may_be_blank for name, cell in cells.items())
        and cells.get("gender") != "Q"
        and cells.get("birth_date") != "1987-02-30"
        and cells.get("npi") != BAD_NPI
        and cells.get("zip") != "x"
        and cells.get("paid_amount") != "-1"
    )


# Loading


def _write(home: Home, sent: list[Sent]) -> None:
    """Arrival follows the modification time."""
    for number, each in enumerate(sent):
        day = FIRST_DAY + timedelta(days=each.day)
        path = home.settings.inbox / "icon_health" / f"arrival-{number:02}" / f"{each.table}_{day}.csv"
        path.parent.mkdir(parents=True)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([COLUMNS[each.table], *each.rows])
        path.write_text(text.getvalue(), newline="")
        os.utime(path, (1_767_000_000 + number,) * 2)


def _load(home: Home, deliveries: Iterable[Delivery]) -> None:
    wanted = list(deliveries)
    with home.lock(), home.warehouse() as warehouse:
        warehouse.prepare(home.contracts)
        for contract in home.contracts:
            mine = [d for d in wanted if f"{d.system}.{d.table}" == contract.name]
            outcomes = warehouse.load(contract, mine, home.zone, run_id="run", now=datetime.now(UTC))
            assert len(list(outcomes)) == len(mine)


def _transform(home: Home) -> None:
    assert {result.status for result in transform(home, run_id="run")} <= {"success", "pass"}


def _forget_the_warehouse(home: Home) -> None:
    home.settings.warehouse.unlink(missing_ok=True)


def _forget_everything(home: Home) -> None:
    _forget_the_warehouse(home)
    for folder in (home.settings.inbox, home.settings.landing, home.settings.metadata):
        shutil.rmtree(folder, ignore_errors=True)


def _batches(case: Case, landed: dict[str, Delivery]) -> Iterator[list[Delivery]]:
    """What of each batch has landed: a file that repeats another, or is rejected, has not."""
    for batch in case.batches:
        names = [f"arrival-{number:02}" for number in batch]
        if found := [landed[name] for name in names if name in landed]:
            yield found


@pytest.fixture(scope="module")
def history_home(module_home: Callable[..., Home]) -> Home:
    return module_home()


@settings(
    PROFILE,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(case=cases)
def test_any_order_in_any_batches_gives_what_all_at_once_gives(
    history_home: Home, contents: Callable[..., dict[str, list[str]]], case: Case
) -> None:
    home = history_home
    _forget_everything(home)
    _write(home, case.sent)
    report = land_deliveries(home, run_id="run")
    landed = {outcome.delivery.name.split("/")[0]: outcome.delivery for outcome in report.landed}

    for batch in _batches(case, landed):
        _load(home, batch)
        _transform(home)
    in_batches = contents(home)

    _forget_the_warehouse(home)
    _load(home, landed.values())
    _transform(home)
    assert contents(home) == in_batches
    _assert_classes_are_as_accounted(home, landed, case)


def _assert_classes_are_as_accounted(home: Home, landed: dict[str, Delivery], case: Case) -> None:
    with home.warehouse(read_only=True) as warehouse:
        for contract in home.contracts:
            mine = sorted(
                (d for d in landed.values() if d.table == contract.table), key=lambda d: (d.delivery_date, d.arrival)
            )
            sent = {d.delivery_id: case.sent[int(d.name.split("/")[0].removeprefix("arrival-"))] for d in mine}
            rows = [[dict(zip(COLUMNS[d.table], row, strict=True)) for row in sent[d.delivery_id].rows] for d in mine]
            expected = account(contract, list(zip(mine, rows, strict=True)))
            found = warehouse.rows(f"select * from silver.{contract.relation}_rows")
            bronze_rows = [row for row in found if row["_class"] != "tombstone"]
            key = [*contract.key]
            assert {(row["_delivery_id"], row["_row_number"]): row["_class"] for row in bronze_rows} == expected.classes
            assert len(bronze_rows) == len(expected.classes)
            assert {
                (*(row[name] for name in key), row["_effective_at"].date())
                for row in found
                if row["_class"] == "tombstone"
            } == expected.tombstones
            current = warehouse.rows(f"select {', '.join(key)} from silver.{contract.relation}_current")
            assert sorted(tuple(row.values()) for row in current) == sorted(expected.current)
