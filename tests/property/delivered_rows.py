"""What the contracts of icon_health make of the cells that `history_cases` sends: the oracle's deliveries.

Here belong the rules of those rows, and no others: which are broken, and what is missing, a date, an amount or a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from gold_oracle import IconHealth
from history_cases import BAD_DATE, BAD_NPI, COLUMNS, ICON_HEALTH, Sent
from history_oracle import Account, Delivery, account_of

from healthcare_elt.contracts import Contract

MAY_BE_BLANK = {"gender", "zip", "paid_amount"}
FIELDS = {
    "icon_health.patients": "patients",
    "icon_health.providers": "providers",
    "icon_health.encounters_details": "encounters",
    "icon_health.adverse_events": "adverse_events",
    "icon_health.employer_in_network": "networks",
    "icon_health.referrals": "referrals",
}


def delivery(sent: Sent, day: date, arrival: int) -> Delivery:
    rows = [dict(zip(COLUMNS[sent.name], cells, strict=True)) for cells in sent.rows]
    broken = frozenset(number for number, cells in enumerate(rows, 1) if not _is_valid(cells))
    return Delivery(
        day, arrival, [{name: _value(name, cell) for name, cell in cells.items()} for cells in rows], broken
    )


def values_of(contract: Contract) -> tuple[str, ...]:
    return tuple(name for name in contract.column_names if name not in contract.key)


def account(contract: Contract, deliveries: Iterable[Delivery]) -> Account:
    """A full delivery without one row says nothing."""
    counted = [each for each in deliveries if each.rows or contract.delivers == "changes"]
    return account_of(counted, contract.delivers, contract.key, values_of(contract))


def gold(accounts: dict[str, Account]) -> IconHealth:
    return IconHealth(**{FIELDS[name]: accounts[name] for name in ICON_HEALTH})


def _value(name: str, cell: str) -> Any:
    if not cell or cell == BAD_DATE:
        return None
    if name == "birth_date":
        return date.fromisoformat(cell)
    if name == "paid_amount":
        return Decimal(cell)
    if name == "in_network_npis":
        return ",".join(sorted(set(cell.split(",")) - {BAD_NPI})) or None
    return cell


def _is_valid(cells: dict[str, str]) -> bool:
    return (
        all(cell or name in MAY_BE_BLANK for name, cell in cells.items())
        and cells.get("gender") != "Q"
        and cells.get("birth_date") != BAD_DATE
        and cells.get("npi") != BAD_NPI
        and cells.get("zip") != "x"
        and cells.get("paid_amount") != "-1"
    )
