"""Which deliveries are taken together: by one run, for a range of delivery dates.

Here belongs cutting what is ready so that no range reaches over a delivery that must wait. Ranges themselves are
`defs.partitions`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from healthcare_elt.contracts import Contract
from healthcare_elt.pipeline.pending import Pending


@dataclass(frozen=True)
class Batch:
    """Deliveries that one run takes."""

    deliveries: frozenset[Pending]

    @property
    def dates(self) -> set[date]:
        return {each.delivery_date for each in self.deliveries}

    @property
    def tables(self) -> set[str]:
        """Names of contracts (`icon_health.patients`)."""
        return {each.contract_name for each in self.deliveries}

    def fingerprint(self, contracts: Collection[Contract]) -> str:
        """Of exactly these deliveries under these contracts, whether they have landed or not."""
        rules = {contract.name: contract.landing_fingerprint for contract in contracts}
        told = sorted((*map(str, each), rules[each.contract_name]) for each in self.deliveries)
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def batches(
    ready: Collection[Pending], waiting: Collection[Pending], ranges: Callable[[set[date]], list[set[date]]]
) -> list[Batch]:
    """All that is ready, in as few batches as its dates allow, oldest first.

    Args:
        ranges: cuts dates into those that a run takes together.
    """
    delayed = {each.system for each in waiting}
    free = [each for each in ready if each.system not in delayed]
    found = _cut(free, set(), ranges)
    for system in sorted(delayed):
        closed = {each.delivery_date for each in waiting if each.system == system}
        found += _cut([each for each in ready if each.system == system], closed, ranges)
    return found


def _cut(ready: Collection[Pending], closed: set[date], ranges: Callable[[set[date]], list[set[date]]]) -> list[Batch]:
    """A range ends before a date on which something of the same system waits."""
    open_ranges: list[set[date]] = []
    for stretch in ranges({each.delivery_date for each in ready}):
        last = None
        for day in sorted(stretch):
            if last is None or any(last < other < day for other in closed):
                open_ranges.append(set())
            open_ranges[-1].add(day)
            last = day
    return [Batch(frozenset(each for each in ready if each.delivery_date in days)) for days in open_ranges]
