"""Quarantine: what is in it, and judging it again by a corrected contract."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from healthcare_elt.contracts import Contract, ContractError
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.summary import quarantine_reasons
from healthcare_elt.pipeline.transform import transform


@dataclass(frozen=True)
class ReplayOutcome:
    """Rows in quarantine before and after."""

    before: int
    after: int


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
    before = _rows_in_quarantine(home, table)
    for _ in transform(home, run_id=str(uuid4())):
        pass
    return ReplayOutcome(before, _rows_in_quarantine(home, table))


def _rows_in_quarantine(home: Home, table: str | None) -> int:
    return sum(int(str(reason["count"])) for reason in reasons(home, table))
