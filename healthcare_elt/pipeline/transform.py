"""The transform step: one dbt build, then what it says of each delivery goes into the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from healthcare_elt.ledger import BriefEvent, Event
from healthcare_elt.pipeline.home import Home
from healthcare_elt.transform.build import NodeResult, build
from healthcare_elt.transform.state import outstanding, record_transformed

MOST_SEGMENTS = 64
"""More segments than this are merged at the end of a run."""


def is_up_to_date(home: Home) -> bool:
    """True if everything that is loaded has been transformed by the code of now; reads only."""
    if not home.settings.warehouse.exists():
        return False
    with home.warehouse(read_only=True) as warehouse:
        return not outstanding(home.settings, warehouse, home.contracts).states


def transform(
    home: Home, *, select: Sequence[str] = (), full_refresh: bool = False, run_id: str
) -> Iterator[NodeResult]:
    """Bring silver, gold, features and curated tables up to date, yielding each node's result as it ends.

    What rests only on source tables without anything new is left as it is.

    Args:
        select: dbt selection instead; what it leaves out stays outstanding.

    Raises:
        DbtFailed: a model or an error-severity test failed; what rests on it was not built.
    """
    with home.lock():
        with home.warehouse() as warehouse:
            warehouse.prepare(home.contracts)
            todo = outstanding(home.settings, warehouse, home.contracts)
        if not (select or full_refresh or todo.states):
            return
        chosen = select or ([] if full_refresh else todo.select())
        yield from build(
            home.settings, select=chosen, exclude=() if select else todo.exclude(), full_refresh=full_refresh
        )
        with home.warehouse() as warehouse:
            if not select:  # a part of the project may lack tables that are asked for here
                home.ledger.append(_told_by_silver(home, warehouse, set(todo.states), run_id))
                record_transformed(warehouse, todo.states)
        home.ledger.compact(keep=MOST_SEGMENTS)


def _told_by_silver(home: Home, warehouse, relations: set[str], run_id: str) -> list[Event]:
    """Events for deliveries of these source tables: rows in quarantine, or supersession, that it does not know."""
    counted = {
        row["_delivery_id"]: row
        for contract in home.contracts
        if contract.relation in relations
        for row in warehouse.rows(
            "select _delivery_id, count(case when _class = 'quarantined' then 1 end) as quarantined, "
            "count(case when _class <> 'superseded' then 1 end) = 0 as is_superseded "
            f"from silver.{contract.relation}_rows where _class <> 'tombstone' group by _delivery_id "
            "having count(case when _class in ('quarantined', 'superseded') then 1 end) > 0"
        )
    }
    now = datetime.now(UTC)
    events = []
    for state in home.ledger.deliveries(_told_otherwise(home.ledger.brief(), relations, counted)):
        row, delivery = counted.get(state.delivery_id), state.delivery
        if delivery is None or state.state != "loaded":
            continue
        quarantined = row["quarantined"] if row else 0
        if quarantined != (state.quarantined or 0):
            events.append(Event.of("quarantined", delivery, now, rows=quarantined, run_id=run_id))
        if row and row["is_superseded"] and not state.superseded:
            events.append(Event.of("superseded", delivery, now, run_id=run_id))
    return events


def _told_otherwise(told: Iterable[BriefEvent], relations: set[str], counted: dict[str, dict[str, Any]]) -> set[str]:
    """Deliveries of these source tables of which the ledger says something else than silver."""
    quarantined: dict[str, tuple[datetime, int | None]] = {}
    superseded: set[str] = set()
    for event in told:
        if event.event == "superseded":
            superseded.add(event.delivery_id)
        if event.event == "quarantined" and f"{event.system}__{event.table}" in relations:
            latest = event.at, event.rows
            quarantined[event.delivery_id] = max(quarantined.get(event.delivery_id, latest), latest)
    return {
        delivery_id
        for delivery_id in counted.keys() | quarantined.keys()
        if (counted[delivery_id]["quarantined"] if delivery_id in counted else 0)
        != (quarantined[delivery_id][1] if delivery_id in quarantined else 0)
        or (delivery_id in counted and counted[delivery_id]["is_superseded"] and delivery_id not in superseded)
    }
