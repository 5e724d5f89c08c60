"""The past as landing sees it: the ledger's, and what this very call landed.

Here belongs telling a repeat from a new delivery. The ledger may learn of outcomes in batches, so it is
not asked for what happened a moment ago.
"""

from __future__ import annotations

from healthcare_elt.landing.delivery import Delivery
from healthcare_elt.landing.inbox import InboxFile
from healthcare_elt.landing.outcome import Known, Place


class Seen:
    def __init__(self, known: Known) -> None:
        self._known = known
        self._ids: set[str] = set()
        self._places: dict[tuple[str, str], list[Place]] = {}
        self._arrival = 0

    def is_repeat(self, file: InboxFile, delivery_id: str, sha256: str) -> bool:
        if delivery_id in self._ids or self._known.has(delivery_id):
            return True
        return not file.dated and self._latest_sha256(file) == sha256

    def next_arrival(self) -> int:
        self._arrival = max(self._arrival + 1, self._known.next_arrival())
        return self._arrival

    def add(self, delivery: Delivery) -> None:
        self._ids.add(delivery.delivery_id)
        place = Place(delivery.delivery_date, delivery.arrival, delivery.sha256, delivery.modified_ns, delivery.name)
        self._places.setdefault((delivery.system, delivery.table), []).append(place)

    def _latest_sha256(self, file: InboxFile) -> str | None:
        """The bytes of the table's latest delivery up to the file's date, of those that came before the file.

        What came after it says nothing: a run that was cut in two, or a ledger that lost a repeat, would else judge
        the file otherwise the second time.
        """
        table, came = (file.contract.system, file.contract.table), (file.modified_ns, file.name)
        places = (*self._known.places(*table), *self._places.get(table, ()))
        before = [p for p in places if p.delivery_date <= file.delivery_date and (p.modified_ns, p.name) < came]
        return max(before).sha256 if before else None
