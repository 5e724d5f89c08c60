"""The landing step: what is new in the inbox goes to the landing zone and into the ledger."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, Landed, Outcome, Rejected, Repeated, Waiting, discover, land
from healthcare_elt.landing.again import land_again, may_be_taken
from healthcare_elt.landing.arrivals import arrivals_not_among
from healthcare_elt.landing.inbox import Discovery, InboxFile
from healthcare_elt.landing.land import refused
from healthcare_elt.ledger import DeliveryState, Event, KnownDeliveries, restore_arrivals
from healthcare_elt.pipeline.home import Home

EVENTS_PER_SEGMENT = 500


@dataclass
class LandReport:
    """What landing did, in order of arrival."""

    landed: list[Landed] = field(default_factory=list)
    repeated: list[Repeated] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    unmatched: tuple[str, ...] = ()
    seconds: Counter[str] = field(default_factory=Counter)
    """How long the files of each source table took (`icon_health.patients`)."""

    def add(self, outcome: Outcome, seconds: float = 0.0) -> None:
        match outcome:
            case Landed(delivery):
                self.landed.append(outcome)
                self.seconds[f"{delivery.system}.{delivery.table}"] += seconds
            case Repeated(file, _):
                self.repeated.append(outcome)
                self.seconds[file.contract.name] += seconds
            case Rejected(delivery, _):
                self.rejected.append(outcome)
                self.seconds[f"{delivery.system}.{delivery.table}"] += seconds
            case Waiting():
                self.waiting.append(outcome)


def look(home: Home, tables: Collection[str] | None = None) -> Discovery:
    """What lies in the inbox, of the source tables named (`icon_health.patients`) or of all."""
    contracts = [c for c in home.contracts if tables is None or c.name in tables]
    found = discover(home.inbox, contracts, home.settings.tz)
    today = datetime.now(home.settings.tz).date()
    judged = [(file, refused(file, today, home.settings.start_date)) for file in found.files]
    return replace(
        found,
        files=tuple(file for file, refusal in judged if not refusal),
        problems=(*found.problems, *(refusal for _, refusal in judged if refusal)),
    )


def rejected_by_another_contract(home: Home) -> list[tuple[DeliveryState, Delivery, Contract]]:
    """Deliveries that the contract of now may take."""
    contracts = {contract.name: contract for contract in home.contracts}
    judged = (
        (state, state.delivery, contracts.get(f"{state.system}.{state.table}")) for state in home.ledger.rejected()
    )
    return [
        (state, delivery, contract)
        for state, delivery, contract in judged
        if delivery and contract and may_be_taken(delivery, contract)
    ]


def new_files(home: Home, found: Discovery | None = None) -> list[InboxFile | Delivery]:
    """Files in the inbox that are not known, what landed unnoticed, and what another contract rejected.

    Args:
        found: what `look` says, if somebody has looked already.
    """
    known = home.ledger.known()
    unnoticed = [arrival.delivery for arrival in arrivals_not_among(home.zone, known.arrivals)]
    rejected = [delivery for _, delivery, _ in rejected_by_another_contract(home)]
    return [*unnoticed, *rejected, *unknown_files(look(home) if found is None else found, known)]


def unknown_files(found: Discovery, known: KnownDeliveries) -> list[InboxFile]:
    """Those that never were looked into, as they are now."""
    return [
        file
        for file in found.files
        if not known.is_known_file(file.contract.system, file.name, file.bytes, file.modified_ns)
    ]


def land_deliveries(
    home: Home,
    *,
    dates: set[date] | None = None,
    tables: Collection[str] | None = None,
    run_id: str,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> LandReport:
    """Land what is new for the dates and tables, and what an earlier contract rejected; write it into the ledger.

    Raises:
        LandingError, LedgerError: nothing is lost; running again takes what is missing.
    """
    report = LandReport()
    with home.lock():
        home.zone.clean()
        known = restore_arrivals(home.ledger, home.zone)
        discovery = look(home, tables)
        report.unmatched = tuple(discovery.unmatched)
        events: list[Event] = []
        outcomes = land(
            discovery,
            home.zone,
            known,
            dates=dates,
            now=datetime.now(home.settings.tz),
            start_date=home.settings.start_date,
            settle_seconds=home.settings.settle_seconds,
        )
        for outcome, seconds in _timed(outcomes):
            report.add(outcome, seconds)
            on_outcome(outcome)
            events += events_of(outcome, run_id)
            if len(events) >= EVENTS_PER_SEGMENT:
                home.ledger.append(events)
                events = []
        home.ledger.append(events)
        for state, delivery, contract in rejected_by_another_contract(home):
            if (dates is None or state.delivery_date in dates) and (tables is None or contract.name in tables):
                outcome = land_again(delivery, contract, home.zone)
                report.add(outcome)
                on_outcome(outcome)
                home.ledger.append(events_of(outcome, run_id, after=state.rejected_at))
    return report


def _timed(outcomes: Iterable[Outcome]) -> Iterator[tuple[Outcome, float]]:
    """Each with the seconds that it took."""
    remaining = iter(outcomes)
    while True:
        started = time.monotonic()
        try:
            outcome = next(remaining)
        except StopIteration:
            return
        yield outcome, time.monotonic() - started


def events_of(outcome: Outcome, run_id: str, after: datetime | None = None) -> list[Event]:
    """What the ledger is told of an outcome; `after` is the moment of an earlier verdict that it replaces."""
    now = datetime.now(UTC)
    now = max(now, after + timedelta(microseconds=1)) if after else now
    match outcome:
        case Landed(delivery):
            return [Event.of("landed", delivery, now, run_id=run_id)]
        case Rejected(delivery, reason):
            return [Event.of("rejected", delivery, now, reason=reason, run_id=run_id)]
        case Repeated(file, delivery_id):
            return [
                Event(
                    event="repeated",
                    at=now,
                    delivery_id=delivery_id,
                    system=file.contract.system,
                    table=file.contract.table,
                    delivery_date=file.delivery_date,
                    arrival=None,
                    sha256="",
                    name=file.name,
                    bytes=file.bytes,
                    modified_ns=file.modified_ns,
                    landing_key="",
                    run_id=run_id,
                )
            ]
        case _:
            return []
