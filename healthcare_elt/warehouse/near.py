"""Deliveries where an engine of this machine can open them.

Here belongs copying from a landing zone that is elsewhere into the work folder, batch by batch; one on this machine is
read where it lies.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from healthcare_elt.landing import Delivery, FolderLandingZone, LandingZone
from healthcare_elt.warehouse.content import CHUNK

AT_ONCE = 8
"""Deliveries are small and many: most of the time goes by until the first byte of each comes."""


@contextmanager
def near(zone: LandingZone, deliveries: Iterable[Delivery], work: Path) -> Iterator[LandingZone]:
    """A landing zone with at least these deliveries, each a file of this machine for as long as the block lasts.

    Raises:
        LandingError: the landing zone stopped giving their bytes.
    """
    if zone.on_this_machine:
        yield zone
        return
    copies = FolderLandingZone(work / "near")
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda delivery: _copy(zone, copies, delivery.landing_key), deliveries):
                pass
        yield copies
    finally:
        shutil.rmtree(copies.root, ignore_errors=True)


def _copy(zone: LandingZone, copies: FolderLandingZone, key: str) -> None:
    path = copies.path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zone.open(key) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK)
