"""The past as landing sees it: the ledger's, and what this very call landed.

Here belongs telling a repeat from a new delivery. The ledger may learn of outcomes in batches, so it is
not asked for what happened a moment ago.
"""

from __future__ import annotations

from datetime import date

from healthcare_elt.landing.delivery import Delivery
from healthcare_elt.landing.inbox import InboxFile
from healthcare_elt.landing.outcome import Known


class Seen:
    def __init__(self, known: Known) -> None:
        self._known = known
        self._ids: set[str] = set()
        self._latest: dict[tuple[str, str], tuple[date, int, str]] = {}
        self._arrival = 0

    def is_repeat(self, file: InboxFile, delivery_id: str, sha256: str) -> bool:
        if delivery_id in self._ids or self._known.has(delivery_id):
            return True
        return not file.dated and self._is_latest(file.contract.system, file.contract.table, sha256)

    def next_arrival(self) -> int:
        self._arrival = max(self._arrival + 1, self._known.next_arrival())
        return self._arrival

    def add(self, delivery: Delivery, is_rejected: bool) -> None:
        self._ids.add(delivery.delivery_id)
        if is_rejected:
            return
        table = (delivery.system, delivery.table)
        place = (delivery.delivery_date, delivery.arrival, delivery.sha256)
        self._latest[table] = max(place, self._latest.get(table, place))

    def _is_latest(self, system: str, table: str, sha256: str) -> bool:
        """True only beyond doubt: landing an equal delivery is harmless, losing a returned value is not."""
        mine = self._latest.get((system, table), (None, None, None))[2]
        return {mine, self._known.latest_sha256(system, table)} - {None} == {sha256}
