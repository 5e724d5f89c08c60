"""From the inbox to the landing zone, file by file.

Here belongs the order of the steps for one file and the choice of its outcome. What it looks like is
`inspect`, where it is kept is `zone`, whether it was there before is `seen`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from healthcare_elt.landing.arrivals import Arrival, record_arrival
from healthcare_elt.landing.delivery import Delivery, delivery_id
from healthcare_elt.landing.errors import ChangedFile, LandingError, UnreadableInbox
from healthcare_elt.landing.inbox import Discovery, InboxFile
from healthcare_elt.landing.inspect import Inspection, inspect
from healthcare_elt.landing.outcome import Known, Landed, Outcome, Rejected, Repeated, Waiting
from healthcare_elt.landing.reading import DeliveredBytes
from healthcare_elt.landing.seen import Seen
from healthcare_elt.landing.zone import LandingZone, Staging, extension_of, landing_key

Progress = Callable[[InboxFile, int], None]
"""Told the file and how many more of its bytes were read."""


def land(
    discovery: Discovery,
    zone: LandingZone,
    known: Known,
    *,
    dates: set[date] | None,
    now: datetime,
    start_date: date,
    settle_seconds: float,
    on_progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Outcome]:
    """Land what was discovered, one outcome at a time, in order of arrival.

    A file that is known already gives no outcome. What this call landed itself need not be in `known` yet; what
    earlier calls landed must be (`arrivals`).

    Args:
        dates: land only deliveries for these dates; all if None.
        now: the moment in the home's time zone, which decides what lies in the future.

    Raises:
        LandingError: the landing zone cannot be written; nothing of that file is left in it.
    """
    yield from discovery.problems
    landing = _Landing(zone, Seen(known), now, start_date, settle_seconds, on_progress, sleep)
    for file in discovery.files:
        if dates is not None and file.delivery_date not in dates:
            continue
        if not known.is_known_file(file.contract.system, file.name, file.bytes, file.modified_ns):
            yield landing.land(file)


def refused(file: InboxFile, today: date, start_date: date) -> Waiting | None:
    """Why a file is left in the inbox for its delivery date alone."""
    day = file.delivery_date
    if day > today + timedelta(days=1):
        return _waiting(file, f"is for {day}, which is in the future; correct its date or wait")
    if day < start_date:
        reason = f"is for {day}, before the first day {start_date}; set HEALTHCARE_ELT_START_DATE earlier"
        return _waiting(file, reason)
    return None


@dataclass
class _Landing:
    """One call of `land`."""

    zone: LandingZone
    seen: Seen
    now: datetime
    start_date: date
    settle_seconds: float
    on_progress: Progress | None
    sleep: Callable[[float], None]
    started: float = field(default_factory=time.monotonic)

    def land(self, file: InboxFile) -> Outcome:
        try:
            return refused(file, self.now.date(), self.start_date) or self._copied(file)
        except ChangedFile:
            return _waiting(file, "is still being written; the next run takes it")
        except FileNotFoundError:
            return _waiting(file, "is no longer in the inbox; deliver it again if it is needed")
        except (OSError, UnreadableInbox) as error:
            words = getattr(error, "strerror", None) or str(error)
            return _waiting(file, f"cannot be read ({words}); let this user read it, and run again")

    def _copied(self, file: InboxFile) -> Outcome:
        self._settle(file)
        with file.open() as source, self._staging(file) as staging:
            delivered = DeliveredBytes(source, file.bytes, lambda chunk: self._keep(file, staging, chunk))
            inspection = inspect(delivered, file.name, file.contract)
            delivered.drain()
            if delivered.count != file.bytes or not file.is_unchanged(source):
                raise ChangedFile
            return self._decided(file, staging, delivered.sha256, inspection)

    def _settle(self, file: InboxFile) -> None:
        """Give a young file the time in which its writer would show; reading it tells whether he did."""
        begun = self.now.timestamp()
        # A file from the future (its machine's clock is ahead) is as young as this call, not for ever.
        age = begun - min(file.modified_ns / 1e9, begun) + time.monotonic() - self.started
        if age < self.settle_seconds:
            self.sleep(self.settle_seconds - age)

    def _staging(self, file: InboxFile) -> Staging:
        with _writing(file):
            return self.zone.begin()

    def _keep(self, file: InboxFile, staging: Staging, chunk: bytes) -> None:
        with _writing(file):
            staging.write(chunk)
        if self.on_progress:
            self.on_progress(file, len(chunk))

    def _decided(self, file: InboxFile, staging: Staging, sha256: str, inspection: Inspection) -> Outcome:
        contract = file.contract
        identity = delivery_id(contract.system, contract.table, file.delivery_date, sha256)
        if self.seen.is_repeat(file, identity, sha256):
            return Repeated(file, identity)
        delivery = _delivery(file, identity, self.seen.next_arrival(), sha256, inspection)
        with _writing(file):
            staging.commit(delivery.landing_key)
            record_arrival(self.zone, Arrival(delivery, inspection.rejected, self.now))
        self.seen.add(delivery)
        return Rejected(delivery, inspection.rejected) if inspection.rejected else Landed(delivery)


def _delivery(file: InboxFile, identity: str, arrival: int, sha256: str, found: Inspection) -> Delivery:
    system, table, day = file.contract.system, file.contract.table, file.delivery_date
    extension = extension_of(file.name, found.format, found.compression)
    return Delivery(
        delivery_id=identity,
        system=system,
        table=table,
        delivery_date=day,
        arrival=arrival,
        sha256=sha256,
        bytes=file.bytes,
        name=file.name,
        landing_key=landing_key(system, table, day, sha256, extension),
        modified_ns=file.modified_ns,
        **found.facts(),
    )


@contextmanager
def _writing(file: InboxFile) -> Iterator[None]:
    """Failures of the landing zone stop the run; those of the inbox only make a file wait."""
    try:
        yield
    except OSError as error:
        what = f"{file.contract.name}: {file.name} could not be copied to the landing zone"
        raise LandingError(
            f"{what} ({error.strerror or error}); free space or give the right to write there, then run again."
        ) from error


def _waiting(file: InboxFile, reason: str) -> Waiting:
    return Waiting(file.contract.system, file.contract.table, file.name, reason)
