"""A delivery of a plain CSV file, for tests that care for a few of its fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from healthcare_elt.landing import Delivery, delivery_id


def a_delivery(arrival: int, *, day: date = date(2026, 1, 2), sha256: str | None = None, **fields: Any) -> Delivery:
    """By its arrival number, from which everything is made that is not given."""
    sha256 = sha256 or f"{arrival:064x}"
    plain: dict[str, Any] = {
        "system": "plan",
        "table": "patients",
        "delivery_date": day,
        "arrival": arrival,
        "sha256": sha256,
        "bytes": 100,
        "name": "patients.csv",
        "landing_key": f"raw/{arrival}.csv",
        "format": "csv",
        "compression": "none",
        "encoding": "utf-8",
        "delimiter": ",",
        "columns": ("id",),
        "new_columns": (),
        "modified_ns": arrival,
        "warnings": (),
    }
    plain |= fields
    return Delivery(delivery_id=delivery_id(plain["system"], plain["table"], day, sha256), **plain)
