"""What there is to do: listing minus ledger, landed minus loaded."""

from __future__ import annotations

from datetime import date

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import new_dates


def pending_dates(home: Home) -> set[date]:
    """Delivery dates with files that have not landed, or with deliveries that are not loaded."""
    loaded: set[str] = set()
    if home.settings.warehouse.exists():
        with home.warehouse(read_only=True) as warehouse:
            loaded = warehouse.loaded_ids()
    return new_dates(home) | {d.delivery_date for d in home.ledger.landed_not_loaded(loaded)}
