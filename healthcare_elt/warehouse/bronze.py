"""Where staged rows go: bronze with its rejects and load log, in one transaction.

Here belongs what a load asks of an engine. Reading deliveries is DuckDB's business on every target (`duckdb_load`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.outcome import Loaded
from healthcare_elt.warehouse.rejects import Reject


@dataclass(frozen=True)
class Batch:
    """Deliveries whose rows are staged, in the order of their index there."""

    deliveries: Sequence[Delivery]
    rejects: Sequence[Reject]


class NotWritten(Exception):
    """Nothing was written: why and what to do, to follow a colon."""


class Bronze(Protocol):
    """The bronze tables of one engine."""

    def add_columns(self, contract: Contract, names: Iterable[str]) -> None:
        """
        Raises:
            NotWritten: the engine refused.
        """

    def commit(self, contract: Contract, batch: Batch, run_id: str, now: datetime) -> list[Loaded]:
        """The batch in the place of what an outdated load of its deliveries wrote; all of it, or nothing.

        Raises:
            NotWritten: the engine refused.
        """


def kept_columns(contract: Contract, delivery: Delivery) -> dict[str, int]:
    """Bronze columns that the delivery fills, each with its position in the file, from 0."""
    keeps_new = contract.on_new_column == "evolve"
    return {
        name: position for position, name in enumerate(delivery.columns) if keeps_new or name in contract.column_names
    }


def ignored_columns(contract: Contract, delivery: Delivery) -> list[str]:
    kept = kept_columns(contract, delivery)
    return [name for name in delivery.columns if name not in kept]


def reject_rows(batch: Batch, at: datetime) -> list[tuple[Any, ...]]:
    """The rejects of a batch, in the order of the table's columns."""
    return [
        (delivery.delivery_id, delivery.delivery_date, delivery.arrival, reject.line, reject.raw, reject.reason, at)
        for reject in batch.rejects
        for delivery in [batch.deliveries[reject.file]]
    ]
