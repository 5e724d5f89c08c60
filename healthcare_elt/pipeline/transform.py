"""The transform step: one dbt build, then what it says of each delivery goes into the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from healthcare_elt.ledger import Event
from healthcare_elt.pipeline.home import Home
from healthcare_elt.transform.build import NodeResult, build
from healthcare_elt.transform.state import is_transformed, record_transformed

MOST_SEGMENTS = 64
"""More segments than this are merged at the end of a run."""


def is_up_to_date(home: Home) -> bool:
    """True if everything that is loaded has been transformed by the code of now; reads only."""
    if not home.settings.warehouse.exists():
        return False
    with home.warehouse(read_only=True) as warehouse:
        return is_transformed(home.settings, warehouse)


def transform(
    home: Home, *, select: Sequence[str] = (), full_refresh: bool = False, run_id: str
) -> Iterator[NodeResult]:
    """Bring silver, gold, features and curated tables up to date, yielding each node's result as it ends.

    Raises:
        DbtFailed: a model or an error-severity test failed; what rests on it was not built.
    """
    with home.lock():
        with home.warehouse() as warehouse:
            warehouse.prepare(home.contracts)
        yield from build(home.settings, select=select, full_refresh=full_refresh)
        with home.warehouse() as warehouse:
            if not select:  # a part of the project may lack tables that are asked for here
                home.ledger.append(told_by_silver(home, warehouse, run_id))
                record_transformed(home.settings, warehouse)  # last: until then the next run does it all again
        home.ledger.compact(keep=MOST_SEGMENTS)


def told_by_silver(home: Home, warehouse, run_id: str) -> list[Event]:
    """Events for deliveries whose rows in quarantine, or whose supersession, the ledger does not know yet."""
    counted = {
        row["_delivery_id"]: row
        for contract in home.contracts
        for row in warehouse.rows(
            "select _delivery_id, count(case when _class = 'quarantined' then 1 end) as quarantined, "
            "count(case when _class <> 'superseded' then 1 end) = 0 as is_superseded "
            f"from silver.{contract.relation}_rows where _class <> 'tombstone' group by _delivery_id "
            "having count(case when _class in ('quarantined', 'superseded') then 1 end) > 0"
        )
    }
    now = datetime.now(UTC)
    events = []
    for state in home.ledger.deliveries():
        row, delivery = counted.get(state.delivery_id), state.delivery
        if delivery is None or state.state != "loaded":
            continue
        quarantined = row["quarantined"] if row else 0
        if quarantined != (state.quarantined or 0):
            events.append(Event.of("quarantined", delivery, now, rows=quarantined, run_id=run_id))
        if row and row["is_superseded"] and not state.superseded:
            events.append(Event.of("superseded", delivery, now, run_id=run_id))
    return events
