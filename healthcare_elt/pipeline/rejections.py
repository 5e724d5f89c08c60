"""Rejected deliveries that stand: nothing was loaded in their place since.

Here belongs which they are. Why each was rejected is in the ledger, and how it is told in `cli` and `report`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from healthcare_elt.ledger import BriefEvent, DeliveryState, Ledger


def standing_rejections(ledger: Ledger, brief: Iterable[BriefEvent] | None = None) -> list[DeliveryState]:
    """Rejected deliveries without a later one of the same table and date that was loaded, in order of arrival.

    Args:
        brief: what the ledger says in brief, if somebody has asked already.
    """
    loaded: dict[tuple[str, str, date], int] = {}
    for event in ledger.brief() if brief is None else brief:
        if event.event == "loaded":
            key = event.system, event.table, event.delivery_date
            loaded[key] = max(loaded.get(key, 0), event.arrival or 0)
    return [
        state
        for state in ledger.rejected()
        if loaded.get((state.system, state.table, state.delivery_date), 0) < state.arrival
    ]
