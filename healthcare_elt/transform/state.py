"""Whether silver, gold and all behind them hold what bronze holds now, built by the code of now.

Here belongs one row in the warehouse, `meta.transformed`, written after a whole build has succeeded and only if it
differs: a run with nothing new neither starts dbt nor writes.
"""

from __future__ import annotations

import hashlib

from healthcare_elt.settings import Settings
from healthcare_elt.transform.project import project_fingerprint
from healthcare_elt.warehouse import Warehouse


def is_transformed(settings: Settings, warehouse: Warehouse) -> bool:
    return _recorded(warehouse) == _state(settings, warehouse)


def record_transformed(settings: Settings, warehouse: Warehouse) -> None:
    """Call after every node of the project was built, and under the home's lock."""
    state = _state(settings, warehouse)
    if _recorded(warehouse) != state:
        warehouse.execute(f"create or replace table meta.transformed as select '{state}' as state")


def _state(settings: Settings, warehouse: Warehouse) -> str:
    loads = sorted(f"{entry.delivery_id}{entry.withdrawn_at or ''}" for entry in warehouse.load_log())
    return hashlib.sha256("\x1f".join([project_fingerprint(settings), *loads]).encode()).hexdigest()[:32]


def _recorded(warehouse: Warehouse) -> str | None:
    known = warehouse.rows(
        "select 1 from information_schema.tables "
        "where lower(table_schema) = 'meta' and lower(table_name) = 'transformed'"
    )
    return warehouse.rows("select state from meta.transformed")[0]["state"] if known else None
