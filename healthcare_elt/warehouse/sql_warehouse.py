"""What every engine does in the same way.

Here belongs SQL about the load log that no engine reads differently, and choosing what a load takes. What differs is
abstract, and in the modules of each engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.warehouse.columns import Columns
from healthcare_elt.warehouse.load_log import BriefLoad, LoadLogEntry, would_keep
from healthcare_elt.warehouse.outcome import Outcome


class SqlWarehouse(ABC):
    """The part of `Warehouse` that is SQL alone."""

    @abstractmethod
    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]: ...

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _column_rows(self, schema: str | None) -> list[dict[str, Any]]:
        """`name` of the table and `column_name` of every column, in lower case."""

    @abstractmethod
    def _write(self, sql: str, params: Sequence[Any]) -> None:
        """A statement about the load log, by whoever may write there."""

    @abstractmethod
    def _load(
        self, contract: Contract, deliveries: Sequence[Delivery], zone: LandingZone, run_id: str, now: datetime
    ) -> Iterator[Outcome]:
        """Load these, each of them once."""

    def load(
        self,
        contract: Contract,
        deliveries: Sequence[Delivery],
        zone: LandingZone,
        *,
        run_id: str,
        now: datetime,
        again: bool = False,
    ) -> Iterator[Outcome]:
        loaded = set() if again else self.loaded_ids([contract])
        # Equal deliveries in one call are one.
        new = {each.delivery_id: each for each in deliveries if each.delivery_id not in loaded}
        if new:
            yield from self._load(contract, list(new.values()), zone, run_id, now)

    def load_log(self) -> list[LoadLogEntry]:
        if not self._has("load_log", "delivery_id"):
            return []
        found = self.rows("select * from meta.load_log order by arrival, delivery_id")
        return [LoadLogEntry(table=row.pop("table_name"), **row) for row in found]

    def loads(self) -> list[BriefLoad]:
        if not self._has("load_log", "ignored_columns"):
            return []
        found = self._standing(
            "load_log",
            'select delivery_id, system, table_name, "ROWS" as row_count, '
            "case when withdrawn_at is null then 0 else 1 end as withdrawn, ignored_columns from meta.load_log",
        )
        return [
            BriefLoad(
                row["delivery_id"],
                row["system"],
                row["table_name"],
                row["row_count"],
                row["withdrawn"] == 1,
                row["ignored_columns"],
            )
            for row in found
        ]

    def loaded_ids(self, contracts: Sequence[Contract] = ()) -> set[str]:
        by_name = {contract.name: contract for contract in contracts}
        return {load.delivery_id for load in self.loads() if not _is_outdated(load, by_name.get(load.contract_name))}

    def transformed(self) -> dict[str, str]:
        if not self._has("transformed", "relation"):
            return {}
        found = self._standing("transformed", "select relation, state from meta.transformed")
        return {row["relation"]: row["state"] for row in found}

    def mark_withdrawn(self, delivery_id: str, at: datetime | None, reason: str | None) -> None:
        moment = at.astimezone(UTC).replace(tzinfo=None) if at else None
        self._write(
            "update meta.load_log set withdrawn_at = ?, withdrawn_reason = ? where delivery_id = ?",
            [moment, reason, delivery_id],
        )

    def columns(self, schema: str | None = None) -> Columns:
        columns: Columns = {}
        for row in self._column_rows(schema):
            columns.setdefault(row["name"], set()).add(row["column_name"])
        return columns

    def _standing(self, table: str, sql: str) -> list[dict[str, Any]]:
        """The answer, of texts and numbers, to a query of one table in META; it stands while the table is unchanged."""
        return self.rows(sql)

    def _has(self, table: str, column: str) -> bool:
        """True if META has the table, with that column."""
        return column in self.columns("meta").get(f"meta.{table}", ())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_outdated(load: BriefLoad, contract: Contract | None) -> bool:
    """True if the contract takes a column that an earlier one ignored."""
    return contract is not None and load.ignored_columns is not None and would_keep(contract, load.ignored_columns)
