"""How healthy the last deliveries are, with pictures of what has drifted.

Here belongs choosing what the page shows of `pipeline.health` and `pipeline.profile`; nothing is computed.
"""

from __future__ import annotations

from healthcare_elt.pipeline.health import TableHealth, health_of, last_deliveries
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.profile import ColumnShares, shares_of
from healthcare_elt.report.content import Health

MOST_PICTURES = 8
"""Of the whole page; each costs a question to the warehouse only if something has drifted."""


def health(home: Home) -> list[Health]:
    """Of each table the last delivery date that has a score, those with drift first."""
    found: list[Health] = []
    left = MOST_PICTURES
    for told in sorted(
        health_of(home, deliveries=last_deliveries(home)), key=lambda each: (-_drifted(each), each.table)
    ):
        shares = _shares(home, told)[:left] if left else []
        left -= len(shares)
        found.append(Health(told, tuple(shares)))
    return found


def _drifted(told: TableHealth) -> int:
    return sum(drift.has_drifted for drift in told.drift)


def _shares(home: Home, told: TableHealth) -> list[ColumnShares]:
    columns = {
        (drift.delivery_id, drift.column) for drift in told.drift if drift.has_drifted and drift.check == "distribution"
    }
    by_delivery = {delivery_id: shares_of(home, delivery_id) for delivery_id, _ in columns}
    return [
        shares
        for delivery_id, found in sorted(by_delivery.items())
        for shares in found
        if (delivery_id, shares.column) in columns
    ]
