"""Quarantine: what is in it, and judging it again by a corrected contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from healthcare_elt.contracts import Contract, ContractError
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.summary import quarantine_reasons
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.warehouse import Warehouse

BEFORE = "meta.quarantined_before"
"""Places in quarantine before a replay; the warehouse compares, since there may be many millions."""
NOTHING = "select '' as table_name, '' as kind, '' as place where 1 = 0"


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
    contracts = contracts_named(home, table)
    _keep_places(home, contracts)
    for _ in transform(home, run_id=str(uuid4())):
        pass
    changes = _changes(home, contracts)
    return ReplayOutcome(
        before=sum(each.before for each in changes),
        left=sum(each.left for each in changes),
        entered=sum(each.entered for each in changes),
        after=sum(each.after for each in changes),
        tables=changes,
    )


def _keep_places(home: Home, contracts: Sequence[Contract]) -> None:
    with home.lock(), home.warehouse_if_there(read_only=False) as warehouse:
        if warehouse:
            warehouse.execute(f"create or replace table {BEFORE} as {_places(warehouse, contracts)}")


def _changes(home: Home, contracts: Sequence[Contract]) -> tuple[Change, ...]:
    with home.lock(), home.warehouse() as warehouse:
        before = f"select * from {BEFORE}" if BEFORE in warehouse.columns("meta") else NOTHING
        found = warehouse.rows(
            "select coalesce(a.table_name, b.table_name) as table_name, coalesce(a.kind, b.kind) as kind,"
            " count(b.place) as n_before, count(case when a.place is null then 1 end) as n_left,"
            " count(case when b.place is null then 1 end) as n_entered, count(a.place) as n_after"
            f" from ({before}) as b full outer join ({_places(warehouse, contracts)}) as a"
            " on a.table_name = b.table_name and a.kind = b.kind and a.place = b.place group by 1, 2 order by 1, 2"
        )
        warehouse.execute(f"drop table if exists {BEFORE}")
    counts = "n_before", "n_left", "n_entered", "n_after"
    return tuple(Change(row["table_name"], row["kind"], *(row[each] for each in counts)) for row in found)


def _places(warehouse: Warehouse, contracts: Sequence[Contract]) -> str:
    """SQL: each delivery, row number and element that is in quarantine, once, as a hash; an element may be PHI."""
    present = warehouse.columns("quarantine")
    place = "md5(_delivery_id || '/' || cast(_row_number as varchar) || '/' || coalesce(element, ''))"
    selects = [
        f"select '{contract.name}' as table_name, kind, {place} as place from quarantine.{contract.relation}"
        for contract in contracts
        if f"quarantine.{contract.relation}" in present
    ]
    return " union ".join([*selects, NOTHING])
