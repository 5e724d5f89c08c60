"""Fills the page from the ledger and the warehouse.

Here belongs asking. What is asked is bounded by what the page shows, apart from one look over the ledger in brief.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from healthcare_elt.contracts import Contract
from healthcare_elt.ledger import BriefEvent, DeliveryState
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.rejections import standing_rejections
from healthcare_elt.pipeline.summary import quarantine_reasons
from healthcare_elt.report.attention import attention
from healthcare_elt.report.content import (
    DAY_STATES,
    DAYS,
    FEWEST_DAYS,
    MOST_LISTED,
    Day,
    DeliveryLine,
    Reason,
    Report,
    Strip,
    System,
)
from healthcare_elt.report.health import health
from healthcare_elt.report.history import History
from healthcare_elt.warehouse import Warehouse

HEALTH = "curated.data_health"
COLUMN_OF_CLASS = {"version": "versions", "repeat": "repeats", "superseded": "superseded", "quarantined": "quarantined"}


def gather(home: Home, history: History, now: datetime) -> Report:
    """Read everything; write nothing."""
    brief = list(home.ledger.brief())
    delivered = {event.delivery_id: event for event in brief if event.arrival is not None}
    windows = _windows(delivered.values())
    shown = {each for each, event in delivered.items() if event.delivery_date >= windows[event.system][0]}
    latest = sorted(delivered, key=lambda each: delivered[each].arrival or 0, reverse=True)[:MOST_LISTED]
    states = home.ledger.deliveries(shown | set(latest))
    in_window = [state for state in states if state.delivery_id in shown]
    totals, quarantine = _counted(home)
    rejected = standing_rejections(home.ledger, brief)
    return Report(
        home=home.settings.home.name,
        target=home.settings.target,
        written_at=now,
        attention=tuple(attention(home, history, rejected, now)),
        systems=tuple(_systems(windows, _strips(home.contracts, in_window, delivered, rejected, totals))),
        deliveries=tuple(_line(state) for state in reversed(states) if state.delivery_id in latest),
        more_deliveries=len(delivered) - len(latest),
        quarantine=tuple(quarantine),
        health=tuple(health(home)),
        history=history,
    )


def _windows(delivered: Iterable[BriefEvent]) -> dict[str, tuple[date, date]]:
    """First and last day of each source system's strips: a file of today leaves those of another where they are."""
    dates: dict[str, set[date]] = defaultdict(set)
    for event in delivered:
        dates[event.system].add(event.delivery_date)
    return {system: _window(min(days), max(days)) for system, days in dates.items()}


def _window(first: date, last: date) -> tuple[date, date]:
    young = min(first, last - timedelta(days=FEWEST_DAYS - 1))
    return max(young, last - timedelta(days=DAYS - 1)), last


def _systems(windows: dict[str, tuple[date, date]], strips: Iterable[Strip]) -> Iterable[System]:
    def name_of(strip: Strip) -> str:
        return strip.table.partition(".")[0]

    for name, together in groupby(sorted(strips, key=name_of), key=name_of):
        yield System(name, *windows[name], tuple(together))


def _strips(
    contracts: Iterable[Contract],
    states: Iterable[DeliveryState],
    delivered: dict[str, BriefEvent],
    rejected: Iterable[DeliveryState],
    totals: dict[str, dict[str, int]],
) -> Iterable[Strip]:
    days: dict[str, dict[date, list[DeliveryState]]] = defaultdict(lambda: defaultdict(list))
    for state in states:
        days[f"{state.system}.{state.table}"][state.delivery_date].append(state)
    deliveries: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for event in delivered.values():
        deliveries[f"{event.system}.{event.table}"] += 1
        sizes[f"{event.system}.{event.table}"] += event.bytes
    standing = Counter(f"{state.system}.{state.table}" for state in rejected)
    for name in (contract.name for contract in contracts):
        if deliveries[name]:
            counted = totals.get(name, {})
            yield Strip(
                table=name,
                deliveries=deliveries[name],
                rejected=standing[name],
                bytes=sizes[name],
                rows=counted.get("bronze_rows", 0),
                rejects=counted.get("rejects", 0),
                classes={each: counted[column] for each, column in COLUMN_OF_CLASS.items() if column in counted},
                days=tuple(_day(day, of_day) for day, of_day in sorted(days[name].items())),
            )


def _day(day: date, states: list[DeliveryState]) -> Day:
    seen = {state.state for state in states}
    rows = sum(state.rows or 0 for state in states if state.state == "loaded")
    return Day(day, next(each for each in DAY_STATES if each in seen), len(states), rows)


def _line(state: DeliveryState) -> DeliveryLine:
    table = f"{state.system}.{state.table}"
    counts = state.rows, state.rejects, state.quarantined
    return DeliveryLine(state.delivery_id, table, state.delivery_date, state.state, *counts, state.bytes)


def _counted(home: Home) -> tuple[dict[str, dict[str, int]], list[Reason]]:
    """Rows by source table, and what is in quarantine; nothing before the first run."""
    with home.warehouse_if_there() as warehouse:
        if warehouse is None:
            return {}, []
        present = warehouse.columns()
        totals = _totals(warehouse) if HEALTH in present else {}
        reasons = [
            Reason(name, str(each["kind"]), str(each["reason"]), int(str(each["count"])))
            for name, relation in ((contract.name, contract.relation) for contract in home.contracts)
            if name in totals and f"quarantine.{relation}" in present
            for each in quarantine_reasons(warehouse, name, relation)
        ]
    return totals, sorted(reasons, key=lambda each: -each.count)


def _totals(warehouse: Warehouse) -> dict[str, dict[str, int]]:
    names = ("bronze_rows", "rejects", *COLUMN_OF_CLASS.values())
    sums = ", ".join(f"cast(sum({name}) as bigint) as {name}" for name in names)
    found = warehouse.rows(f"select system, table_name, {sums} from {HEALTH} group by system, table_name")
    return {f"{row['system']}.{row['table_name']}": {name: int(row[name]) for name in names} for row in found}
