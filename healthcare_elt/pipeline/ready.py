"""Which pending deliveries may be loaded now, without waiting for anything.

A delivery waits while it may still be being written, and while its system names tables in `ready_when` that are not
there yet for its date. Nobody waits with it: the question is asked again at the next look. The daily run asks nothing
of this, and takes what has been waiting.

Here belongs the decision, and why something waits. What is there is `delivered`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from healthcare_elt.pipeline.delivered import Delivered
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import Pending

WRITING = "the end of its writing"


def not_ready(home: Home, deliveries: Collection[Pending], now: datetime) -> dict[Pending, str]:
    """Those that wait, each with what for: the end of its writing, or the tables that are missing for its date."""
    waiting = {each: WRITING for each in deliveries if _is_young(each, now, home.settings.settle_seconds)}
    systems = {system.name: system for system in home.systems if system.ready_when}
    asking = [each for each in deliveries if each.system in systems]
    if asking:
        there = Delivered(home, systems.keys(), min(each.delivery_date for each in asking), deliveries)
        for each in asking:
            if missing := there.missing(systems[each.system], each.delivery_date):
                waiting[each] = f"{', '.join(missing)} of {each.delivery_date}"
    return waiting


def _is_young(each: Pending, now: datetime, settle_seconds: float) -> bool:
    """A file from the future is not: its machine's clock is ahead, and landing waits for it."""
    return 0 <= now.timestamp() - each.modified_ns / 1e9 < settle_seconds
