"""The bronze step: what has landed and is not in the warehouse's load log is loaded."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from healthcare_elt.landing import Delivery
from healthcare_elt.landing.names import renamed
from healthcare_elt.ledger import Event, has_heard, repair
from healthcare_elt.pipeline.home import Home
from healthcare_elt.transform.ahead import read_ahead
from healthcare_elt.transform.empty import begin_with_empty
from healthcare_elt.transform.state import record_rebuild
from healthcare_elt.warehouse import Loaded, Unreadable, Warehouse
from healthcare_elt.warehouse.cost import Cost


@dataclass
class LoadReport:
    """What was loaded, and what the engine could not read."""

    loaded: list[tuple[Delivery, Loaded]] = field(default_factory=list)
    rejected: list[tuple[Delivery, str]] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    """Rows in the bronze table of each source table, by the contract's name."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long the load of each source table took, of those with something to load."""
    costs: Mapping[str, Cost] = field(default_factory=dict)
    """What the load's statements cost, by asset, where the warehouse says so."""


def load_deliveries(
    home: Home,
    *,
    dates: set[date] | None = None,
    tables: Collection[str] | None = None,
    run_id: str,
    again: bool = False,
    build_follows: bool = False,
) -> LoadReport:
    """Load every landed delivery of the dates and tables that is not loaded as its contract asks; a table at once.

    Args:
        again: load also what is loaded, in the place of its rows; all behind it is then built again.
        build_follows: if there is something to load, read meanwhile what the build needs.

    Raises:
        LoadError: a delivery stays unloaded for a reason of the machine; running again takes it.
    """
    report = LoadReport()
    with home.lock(), _warehouse(home) as warehouse:
        # The load log in full, and all that only a load needs, are asked for where there is something to do.
        repair(home.ledger, [] if has_heard(home.ledger, warehouse.loads()) else warehouse.load_log(), home.zone)
        known = set() if again else warehouse.loaded_ids(home.contracts)
        waiting = [
            delivery
            for delivery in home.ledger.landed_not_loaded(known)
            if (dates is None or delivery.delivery_date in dates)
            and (tables is None or f"{delivery.system}.{delivery.table}" in tables)
        ]
        if waiting:
            if build_follows:
                read_ahead(home.settings)
            warehouse.prepare(home.contracts)
        if again:  # first, so that whatever stops this, no table rests on rows that are gone
            record_rebuild(warehouse, {f"{delivery.system}__{delivery.table}" for delivery in waiting})
        for contract in home.contracts:
            deliveries = {
                delivery.delivery_id: renamed(delivery, contract)
                for delivery in waiting
                if f"{delivery.system}.{delivery.table}" == contract.name
            }
            if not deliveries:
                continue
            now, started = datetime.now(UTC), time.monotonic()
            events = []
            for outcome in warehouse.load(
                contract, list(deliveries.values()), home.zone, run_id=run_id, now=now, again=again
            ):
                delivery = deliveries[outcome.delivery_id]
                events.append(_record(report, delivery, outcome, now, run_id))
            home.ledger.append(events)
            report.seconds[contract.name] = round(time.monotonic() - started, 3)
        for load in warehouse.loads():
            report.totals[load.contract_name] += load.rows
        if report.loaded:
            report.costs = warehouse.costs(run_id)
    return report


def _warehouse(home: Home) -> Warehouse:
    begin_with_empty(home.settings, home.contracts)
    return home.warehouse()


def _record(report: LoadReport, delivery: Delivery, outcome: Loaded | Unreadable, now: datetime, run_id: str) -> Event:
    match outcome:
        case Loaded():
            report.loaded.append((delivery, outcome))
            return Event.of("loaded", delivery, now, rows=outcome.rows, rejects=outcome.rejects, run_id=run_id)
        case Unreadable():
            report.rejected.append((delivery, outcome.reason))
            return Event.of("rejected", delivery, now, reason=outcome.reason, run_id=run_id)
