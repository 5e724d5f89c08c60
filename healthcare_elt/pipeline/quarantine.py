"""Quarantine: what is in it, and judging it again by a corrected contract."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import uuid4

from healthcare_elt.contracts import Contract, ContractError
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.summary import quarantine_reasons
from healthcare_elt.pipeline.transform import transform

Place = tuple[str, int, str | None]
"""Delivery, row number, and of a list's element the element."""


@dataclass(frozen=True)
class Change:
    """What was in quarantine and is, of one kind in one table."""

    table: str
    kind: str
    """Row, or element of a list."""
    before: int
    left: int
    entered: int
    after: int


@dataclass(frozen=True)
class ReplayOutcome:
    """What quarantine held, what left and entered it, and what it holds: rows and elements together."""

    before: int
    left: int
    entered: int
    after: int
    tables: tuple[Change, ...]
    """The same, rows and elements apart, of the tables that had or have any."""


def contracts_named(home: Home, table: str | None) -> list[Contract]:
    """The contract of the table, or all.

    Raises:
        ContractError: there is no such source table.
    """
    found = [contract for contract in home.contracts if table is None or contract.name == table]
    if not found:
        names = ", ".join(contract.name for contract in home.contracts)
        raise ContractError(f"There is no source table {table}; it may be one of {names}.")
    return found


def reasons(home: Home, table: str | None) -> list[dict[str, object]]:
    """Counts by table and reason; empty before the first run."""
    contracts = contracts_named(home, table)
    with home.warehouse_if_there() as warehouse:
        present = warehouse.columns("quarantine") if warehouse else {}
        return [
            reason
            for contract in contracts
            if f"quarantine.{contract.relation}" in present
            for reason in quarantine_reasons(warehouse, contract.name, contract.relation)
        ]


def rows(home: Home, table: str, reason: str | None, limit: int) -> list[dict[str, object]]:
    """Rows in quarantine, oldest delivery first. They hold PHI."""
    (contract,) = contracts_named(home, table)
    if not reasons(home, table):
        return []
    with home.warehouse(read_only=True) as warehouse:
        return warehouse.rows(
            f"select * from quarantine.{contract.relation} "
            "where ? is null or ',' || reasons || ',' like '%,' || ? || ',%' "
            "order by _delivery_date, _arrival, _row_number limit ?",
            (reason, reason, limit),
        )


def replay(home: Home, table: str | None) -> ReplayOutcome:
    """Bring everything up to date: a corrected contract has all rows of its table typed and judged again.

    A row that it accepts takes its place in history by its own delivery date. Without a correction nothing is done.

    Raises:
        DbtFailed: a model or a check failed.
    """
    before = _places(home, table)
    for _ in transform(home, run_id=str(uuid4())):
        pass
    after = _places(home, table)
    changes = tuple(
        Change(name, kind, len(old), len(old - new), len(new - old), len(new))
        for name, kind in sorted(before.keys() | after.keys())
        for old, new in [(before.get((name, kind), set()), after.get((name, kind), set()))]
    )
    return ReplayOutcome(
        before=sum(each.before for each in changes),
        left=sum(each.left for each in changes),
        entered=sum(each.entered for each in changes),
        after=sum(each.after for each in changes),
        tables=changes,
    )


def _places(home: Home, table: str | None) -> dict[tuple[str, str], set[Place]]:
    """All that is in quarantine, by table and kind; a place with two reasons is one place."""
    found: dict[tuple[str, str], set[Place]] = defaultdict(set)
    with home.warehouse_if_there() as warehouse:
        present = warehouse.columns("quarantine") if warehouse else {}
        for contract in contracts_named(home, table):
            if f"quarantine.{contract.relation}" in present:
                sql = f"select kind, _delivery_id, _row_number, element from quarantine.{contract.relation}"
                for row in warehouse.rows(sql):
                    place = row["_delivery_id"], row["_row_number"], row["element"]
                    found[contract.name, row["kind"]].add(place)
    return found
