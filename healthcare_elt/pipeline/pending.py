"""What there is to do: listing minus ledger, landed minus loaded."""

from __future__ import annotations

from datetime import date

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import new_tables_by_date


def pending(home: Home) -> dict[date, set[str]]:
    """Delivery dates with files that have not landed or deliveries that are not loaded; the source tables of each."""
    with home.warehouse_if_there() as warehouse:
        loaded = warehouse.loaded_ids(home.contracts) if warehouse else set()
    found = new_tables_by_date(home)
    for delivery in home.ledger.landed_not_loaded(loaded):
        found.setdefault(delivery.delivery_date, set()).add(f"{delivery.system}.{delivery.table}")
    return found
