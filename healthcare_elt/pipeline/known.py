"""Which delivery dates there are: for runs over a range of them, whether or not anything is new."""

from __future__ import annotations

from datetime import date

from healthcare_elt.ledger import restore_arrivals
from healthcare_elt.pipeline.home import Home


def known_or_new(
    home: Home, first: date, last: date, tables: set[str] | None, new: dict[date, set[str]]
) -> dict[date, set[str]]:
    """Delivery dates from `first` to `last` with a delivery of these source tables; the tables of each.

    Args:
        new: what is `pending`.
    """
    found = {day: set(names) for day, names in new.items()}
    for state in home.ledger.deliveries():
        found.setdefault(state.delivery_date, set()).add(f"{state.system}.{state.table}")
    wanted = {
        day: {name for name in names if tables is None or name in tables}
        for day, names in found.items()
        if first <= day <= last
    }
    return {day: names for day, names in wanted.items() if names}


def landed_dates(home: Home) -> set[date]:
    """Of all that is in the landing zone; what the ledger has lost of it is written down again."""
    with home.lock():
        restore_arrivals(home.ledger, home.zone)
    return {state.delivery_date for state in home.ledger.deliveries()}
