"""What is asked of every engine in the same words.

Here belongs SQL about the load log that no engine reads differently. What differs is abstract, and in the modules of
each engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from healthcare_elt.contracts import Contract
from healthcare_elt.warehouse.load_log import LoadLogEntry, would_keep


class SqlWarehouse(ABC):
    """The part of `Warehouse` that is SQL alone."""

    @abstractmethod
    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]: ...

    @abstractmethod
    def _write(self, sql: str, params: Sequence[Any]) -> None:
        """A statement about the load log, by whoever may write there."""

    @abstractmethod
    def columns(self, schema: str | None = None) -> dict[str, set[str]]: ...

    def load_log(self) -> list[LoadLogEntry]:
        if not self._knows("delivery_id"):
            return []
        found = self.rows("select * from meta.load_log order by arrival, delivery_id")
        return [LoadLogEntry(table=row.pop("table_name"), **row) for row in found]

    def loaded_ids(self, system: str | None = None, table: str | None = None) -> set[str]:
        if not self._knows("delivery_id"):
            return set()
        found = self.rows(
            "select delivery_id from meta.load_log "
            "where system = coalesce(?, system) and table_name = coalesce(?, table_name)",
            [system, table],
        )
        return {row["delivery_id"] for row in found}

    def outdated(self, contracts: Sequence[Contract]) -> set[str]:
        if not self._knows("ignored_columns"):
            return set()
        found = self.rows(
            "select delivery_id, system, table_name, ignored_columns from meta.load_log "
            "where ignored_columns is not null"
        )
        by_name = {contract.name: contract for contract in contracts}
        return {
            row["delivery_id"]
            for row in found
            if (contract := by_name.get(f"{row['system']}.{row['table_name']}"))
            and would_keep(contract, row["ignored_columns"])
        }

    def mark_withdrawn(self, delivery_id: str, at: datetime | None, reason: str | None) -> None:
        moment = at.astimezone(UTC).replace(tzinfo=None) if at else None
        self._write(
            "update meta.load_log set withdrawn_at = ?, withdrawn_reason = ? where delivery_id = ?",
            [moment, reason, delivery_id],
        )

    def _knows(self, column: str) -> bool:
        """True if the load log is there and has the column."""
        return column in self.columns("meta").get("meta.load_log", ())
