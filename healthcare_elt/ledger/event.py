"""One thing that happened to one delivery, and how it is written down.

Here belongs the event and its Parquet schema. What many events together mean is in `state`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, get_args

import pyarrow as pa

from healthcare_elt.landing import Delivery

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EventKind = Literal["landed", "repeated", "rejected", "loaded", "quarantined", "superseded", "withdrawn", "restored"]

SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("event", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("delivery_id", pa.string()),
        ("system", pa.string()),
        ("table", pa.string()),
        ("delivery_date", pa.date32()),
        ("arrival", pa.int64()),
        ("sha256", pa.string()),
        ("name", pa.string()),
        ("bytes", pa.int64()),
        ("modified_ns", pa.int64()),
        ("landing_key", pa.string()),
        ("rows", pa.int64()),
        ("rejects", pa.int64()),
        ("reason", pa.string()),
        ("run_id", pa.string()),
        ("details", pa.string()),
    ]
)


@dataclass(frozen=True)
class Event:
    """What happened (`event`), when (`at`, in UTC) and to which delivery."""

    event: EventKind
    at: datetime
    delivery_id: str
    system: str
    table: str
    delivery_date: date
    arrival: int | None
    """That of the delivery; None for a repeat, which gets none of its own."""
    sha256: str
    name: str
    bytes: int
    modified_ns: int
    landing_key: str
    rows: int | None = None
    """Rows loaded; for `quarantined` and `superseded`, rows that are so now."""
    rejects: int | None = None
    reason: str | None = None
    run_id: str | None = None
    details: str | None = None
    """The delivery as JSON."""

    def __post_init__(self) -> None:
        if self.event not in get_args(EventKind):
            raise ValueError(f"{self.event!r} is no event; it may be one of {', '.join(get_args(EventKind))}.")
        if self.at.tzinfo is None:
            raise ValueError(f"The moment of {self.event} of delivery {self.delivery_id} has no time zone.")

    @classmethod
    def of(
        cls,
        event: EventKind,
        delivery: Delivery,
        at: datetime,
        *,
        rows: int | None = None,
        rejects: int | None = None,
        reason: str | None = None,
        run_id: str | None = None,
    ) -> Event:
        """What happened to a delivery that landed."""
        return cls(
            event=event,
            at=at.astimezone(UTC),
            delivery_id=delivery.delivery_id,
            system=delivery.system,
            table=delivery.table,
            delivery_date=delivery.delivery_date,
            arrival=delivery.arrival,
            sha256=delivery.sha256,
            name=delivery.name,
            bytes=delivery.bytes,
            modified_ns=delivery.modified_ns,
            landing_key=delivery.landing_key,
            rows=rows,
            rejects=rejects,
            reason=reason,
            run_id=run_id,
            details=delivery.to_json(),
        )

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for the same event written twice, by a repeated run or by compaction."""
        return self.delivery_id, self.event, *self._distinct()

    @property
    def event_id(self) -> str:
        """The identity as other tools see it."""
        return hashlib.sha256("\x1f".join(self.identity).encode()).hexdigest()[:32]

    def _distinct(self) -> tuple[str, ...]:
        if self.event == "repeated":
            return self.system, self.name, str(self.bytes), str(self.modified_ns)
        moment = self.at.astimezone(UTC).isoformat()
        if self.event in ("quarantined", "superseded"):  # rows are replayed, deliveries withdrawn
            return (self.run_id or moment,)
        if self.event in ("rejected", "withdrawn", "restored"):  # by one contract, then by another
            return (moment,)
        return ()


FIELDS = tuple(field.name for field in fields(Event))


def to_table(events: Iterable[Event]) -> pa.Table:
    rows = [{"event_id": event.event_id, **vars(event)} for event in events]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def from_table(table: pa.Table) -> list[Event]:
    """Columns that a later version added are passed over."""
    columns = [values_of(table, name) for name in FIELDS]
    return [Event(*values) for values in zip(*columns, strict=True)]


def values_of(table: pa.Table, name: str) -> list[Any]:
    """The values of a column; of a moment without pandas, which pyarrow would import for it."""
    column = table.column(name)
    if not pa.types.is_timestamp(column.type):
        return column.to_pylist()
    return [EPOCH + timedelta(microseconds=each) for each in column.cast(pa.int64()).to_pylist()]
