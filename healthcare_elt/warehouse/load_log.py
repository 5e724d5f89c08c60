"""One line of the warehouse's load log, the same for every warehouse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.bronze import ignored_columns
from healthcare_elt.warehouse.outcome import Loaded


@dataclass(frozen=True)
class LoadLogEntry:
    """A delivery that is loaded; written in the transaction that loaded its rows."""

    delivery_id: str
    system: str
    table: str
    delivery_date: date
    arrival: int
    delivers: str
    """`full` or `changes`, as the contract said when it was loaded."""
    landing_key: str
    sha256: str
    name: str
    bytes: int
    modified_ns: int
    details: str
    """The delivery as JSON."""
    rows: int
    rejects: int
    run_id: str
    loaded_at: datetime
    """UTC, without a time zone, as all timestamps in the warehouse."""
    withdrawn_at: datetime | None = None
    """From when on it does not count; None if it does."""
    withdrawn_reason: str | None = None
    ignored_columns: str | None = None
    """Names that the file has and bronze has not, since the contract said so when it was loaded: JSON, or None."""


@dataclass(frozen=True)
class BriefLoad:
    """What of a delivery in the load log decides whether there is anything to do."""

    delivery_id: str
    system: str
    table: str
    rows: int
    withdrawn: bool
    ignored_columns: str | None

    @property
    def contract_name(self) -> str:
        return f"{self.system}.{self.table}"

    @property
    def relation(self) -> str:
        return f"{self.system}__{self.table}"


def log_rows(
    contract: Contract, deliveries: Sequence[Delivery], loaded: Sequence[Loaded], run_id: str, at: datetime
) -> list[tuple[Any, ...]]:
    """The lines of a load, in the order of the table's columns."""
    return [
        (
            delivery.delivery_id,
            delivery.system,
            delivery.table,
            delivery.delivery_date,
            delivery.arrival,
            contract.delivers,
            delivery.landing_key,
            delivery.sha256,
            delivery.name,
            delivery.bytes,
            delivery.modified_ns,
            delivery.to_json(),
            outcome.rows,
            outcome.rejects,
            run_id,
            at,
            None,
            None,
            as_ignored(ignored_columns(contract, delivery)),
        )
        for delivery, outcome in zip(deliveries, loaded, strict=True)
    ]


def as_ignored(names: Sequence[str]) -> str | None:
    """What the load log says of the names that bronze leaves out."""
    return json.dumps(list(names), ensure_ascii=False) if names else None


def would_keep(contract: Contract, ignored_columns: str) -> bool:
    """True if the contract of now takes a column that an earlier one ignored."""
    names = json.loads(ignored_columns)
    return contract.on_new_column == "evolve" or any(contract.own_name(n) in contract.column_names for n in names)
