"""What design.md, section 3, says of rows, in plain Python: no SQL, no increments, one key at a time.

Here belongs the account that silver is held against. It knows the rules of the rows that `history_cases` makes, and no
others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from history_cases import BAD_NPI

from healthcare_elt.contracts import Contract
from healthcare_elt.contracts.formats import is_npi
from healthcare_elt.landing import Delivery


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
