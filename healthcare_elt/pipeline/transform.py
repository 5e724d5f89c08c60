"""The transform step: one dbt build, then what it says of each delivery goes into the ledger."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from weakref import WeakSet

from healthcare_elt.ledger import BriefEvent, Event
from healthcare_elt.logs import log
from healthcare_elt.pipeline.home import Home
from healthcare_elt.transform.attempt import attempt
from healthcare_elt.transform.build import NodeResult, build
from healthcare_elt.transform.graph import Manifest, models_resting_on
from healthcare_elt.transform.manifest import prepare_manifest
from healthcare_elt.transform.pseudonyms import keep_pseudonym_salt
from healthcare_elt.transform.state import Outstanding, outstanding, record_transformed
from healthcare_elt.transform.without_events import facts_without_events
from healthcare_elt.warehouse.cost import Cost

MOST_SEGMENTS = 64
"""More segments than this are merged at the end of a run."""
_begun: WeakSet[Generator[NodeResult, None, None]] = WeakSet()


def is_up_to_date(home: Home) -> bool:
    """True if everything that is loaded has been transformed by the code of now; reads only."""
    with home.warehouse_if_there() as warehouse:
        return warehouse is not None and not outstanding(home.settings, warehouse, home.contracts).states


def must_build_everything(home: Home) -> bool:
    """True if no delivery was ever built in, or some of the project never or by other code; reads only."""
    with home.warehouse_if_there() as warehouse:
        if warehouse is None:
            return True
        todo = outstanding(home.settings, warehouse, home.contracts)
        return todo.everything or todo.first


def transform(
    home: Home, *, select: Sequence[str] = (), full_refresh: bool = False, run_id: str
) -> Iterator[NodeResult]:
    """Bring silver, gold, features and curated tables up to date, yielding each node's result as it ends.

    What rests only on source tables without anything new is left as it is, as are facts without events, and what the
    same build has built before it failed is not built again.

    Args:
        select: names of dbt nodes instead; a source table of which it leaves something out stays outstanding.

    Raises:
        DbtFailed: a model or an error-severity test failed; what rests on it was not built.
    """
    results = _transform(home, select, full_refresh, run_id)
    _begun.add(results)
    return results


def end_transforms() -> None:
    """Stop dbt and give the home's lock back, if a run was stopped and nobody took the rest of its results.

    The frames of a stopped run can outlive it by minutes, and with them a transform that waits to be asked for more.
    """
    for results in list(_begun):
        results.close()


def _transform(home: Home, select: Sequence[str], full_refresh: bool, run_id: str) -> Generator[NodeResult, None, None]:
    with home.lock():
        with home.warehouse() as warehouse:
            warehouse.prepare(home.contracts)
            todo = outstanding(home.settings, warehouse, home.contracts)
            if not (select or full_refresh or todo.states):
                return
            keep_pseudonym_salt(warehouse, home.settings)
            record_transformed(warehouse, todo.begun())
        manifest = json.loads(prepare_manifest(home.settings).read_bytes())
        takes_all = select or todo.everything or full_refresh
        selected = list(select) or ([] if full_refresh else todo.select())
        wanted = {
            "select": selected,
            "exclude": [] if select else todo.exclude(selected),
            "without_events": [] if takes_all else facts_without_events(manifest, todo.empty),
            "full_refresh": full_refresh or todo.first or bool(todo.rebuild),
        }
        with (
            attempt(home.settings, wanted | {"states": todo.states}) as command,
            closing(build(home.settings, **wanted, run_id=run_id, command=command)) as results,
        ):
            for result in results:
                _log(home, result, run_id)
                yield result
        told, done = _ended(manifest, todo, set(select))
        with home.warehouse() as warehouse:
            home.ledger.append(told_by_silver(home, warehouse, told, run_id))
            record_transformed(warehouse, done)  # last: until then the next run does it all again
        home.ledger.compact(keep=MOST_SEGMENTS)


def _ended(manifest: Manifest, todo: Outstanding, select: set[str]) -> tuple[set[str], dict[str, str]]:
    """Relations that are up to date in silver, and the states to record of those whose every model is up to date."""
    if not select:
        return set(todo.states), todo.states
    told = {relation for relation in todo.states if f"{relation}_rows" in select}
    if todo.everything:  # what rests on no source table may be of other code
        return told, {}
    done = {relation for relation in told if models_resting_on(manifest, relation) <= select}
    return told, {relation: todo.states[relation] for relation in done}


def _log(home: Home, result: NodeResult, run_id: str) -> None:
    level = {"warn": "warning", "fail": "error", "error": "error"}.get(result.status, "info")
    rows = result.built.rows if result.built else None
    seconds = result.event["data"].get("execution_time")
    told = {"run_id": run_id, "asset": result.unique_id, "rows": rows, "seconds": seconds}
    log(home.settings, f"dbt_{result.status}", level, **told)


def run_costs(home: Home, run_id: str) -> Mapping[str, Cost]:
    """What the run's statements cost, by bronze asset and by dbt's unique id; empty where nobody charges for them."""
    if not home.is_metered:
        return {}
    with home.warehouse_if_there() as warehouse:
        return warehouse.costs(run_id) if warehouse else {}


def told_by_silver(home: Home, warehouse, relations: set[str], run_id: str) -> list[Event]:
    """Events for deliveries of these source tables: rows in quarantine, or supersession, that it does not know."""
    counted = {
        row["_delivery_id"]: row
        for contract in home.contracts
        if contract.relation in relations
        for row in warehouse.rows(
            "select _delivery_id, count(case when _class = 'quarantined' then 1 end) as quarantined, "
            "case when count(case when _class <> 'superseded' then 1 end) = 0 then count(*) else 0 end as superseded "
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
        superseded = row["superseded"] if row else 0
        if bool(superseded) != state.superseded:
            events.append(Event.of("superseded", delivery, now, rows=superseded, run_id=run_id))
    return events


def _told_otherwise(told: Iterable[BriefEvent], relations: set[str], counted: dict[str, dict[str, Any]]) -> set[str]:
    """Deliveries of these source tables of which the ledger says something else than silver."""
    last: dict[tuple[str, str], BriefEvent] = {}
    for event in told:
        if event.event in ("quarantined", "superseded") and f"{event.system}__{event.table}" in relations:
            key = event.delivery_id, event.event
            last[key] = max(event, last.get(key, event), key=lambda each: each.at)
    return {
        delivery_id
        for delivery_id in counted.keys() | {delivery_id for delivery_id, _ in last}
        if _said(last, delivery_id) != _counted(counted.get(delivery_id))
    }


def _said(last: dict[tuple[str, str], BriefEvent], delivery_id: str) -> tuple[int, bool]:
    quarantined, superseded = (last.get((delivery_id, kind)) for kind in ("quarantined", "superseded"))
    return (quarantined.rows or 0) if quarantined else 0, superseded is not None and superseded.rows != 0


def _counted(row: dict[str, Any] | None) -> tuple[int, bool]:
    return (row["quarantined"], bool(row["superseded"])) if row else (0, False)
