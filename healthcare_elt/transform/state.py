"""Whether silver, gold and all behind them hold what bronze holds now, built by the code of now.

Here belongs one row per source table in the warehouse, `meta.transformed`, written after all that rests on the table
was built, and only if it differs: a run with nothing new neither starts dbt nor writes, and any other builds only what
rests on the source tables that changed. A build that begins takes it back: were it stopped and the change undone, the
tables would hold the change and the row of before it would call them up to date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from healthcare_elt.contracts import Contract
from healthcare_elt.settings import Settings
from healthcare_elt.transform.project import project_fingerprint
from healthcare_elt.warehouse import Warehouse

FIRST = "first"
"""Instead of deliveries: a first build of anything was begun in this home, and has not ended."""
REBUILD = "rebuild"
"""The state of a source table whose bronze rows were loaded again: what rests on it is built anew from all of them."""


@dataclass(frozen=True)
class Outstanding:
    """What a build has to do."""

    states: dict[str, str]
    """The state to record afterwards, by relation, of each source table that is not up to date."""
    everything: bool
    """True if some of it was never built, or by other code."""
    empty: frozenset[str]
    """Relations of which nothing was ever delivered: nobody reads their views and checks yet."""
    rebuild: frozenset[str]
    """Relations of which no row of before can be trusted."""
    first: bool
    """True if nothing of any source table was ever built in: tables are made at once, not key by key."""

    def begun(self) -> dict[str, str]:
        """The state to record while it is built: no deliveries, and no code if other code may have built the rest."""
        mark = f" {FIRST}" if self.first else ""
        begun = {
            relation: "" if self.everything else f"{state.split()[0]}{mark}" for relation, state in self.states.items()
        }
        return begun | dict.fromkeys(self.rebuild, REBUILD)

    def select(self) -> list[str]:
        """dbt selection; empty if all is to be built."""
        return [] if self.everything else [f"{relation}_rows+" for relation in sorted(self.states)]

    def exclude(self, selected: Sequence[str] = ()) -> list[str]:
        """dbt selection of what nothing depends on and nobody reads yet, within `select` or everything."""
        concerned = self.empty & self.states.keys() if selected else self.empty
        return [name for relation in sorted(concerned) for name in _unread(relation)]


def _unread(relation: str) -> tuple[str, ...]:
    checks = (f"resource_type:test,file:{relation}{part}.yml" for part in ("", "_rows"))
    return f"{relation}_current", f"quarantine__{relation}", *checks


def outstanding(settings: Settings, warehouse: Warehouse, contracts: Sequence[Contract]) -> Outstanding:
    """What has changed since the last build, by the load log and the project's files."""
    loads: dict[str, list[str]] = {contract.relation: [] for contract in contracts}
    for load in warehouse.loads():
        state = f"{load.delivery_id}{' withdrawn' if load.withdrawn else ''}{load.ignored_columns or ''}"
        loads.setdefault(load.relation, []).append(state)
    code, recorded = project_fingerprint(settings), warehouse.transformed()
    states = {contract.relation: f"{code} {_digest(loads[contract.relation])}" for contract in contracts}
    stale = {relation: state for relation, state in states.items() if recorded.get(relation) != state}
    rebuild = frozenset(relation for relation in stale if recorded.get(relation) == REBUILD)
    other_code = any(not recorded.get(relation, "").startswith(code) for relation in stale.keys() - rebuild)
    empty = frozenset(relation for relation in states if not loads[relation])
    unbuilt = {f"{code} {_digest([])}", f"{code} {FIRST}"}
    first = not other_code and all(recorded[relation] in unbuilt for relation in states)
    return Outstanding(stale, other_code, empty, rebuild, first)


def of_nothing(settings: Settings, contracts: Sequence[Contract]) -> dict[str, str]:
    """The states of source tables of which nothing was delivered, and all that rests on them built."""
    return dict.fromkeys(
        (contract.relation for contract in contracts), f"{project_fingerprint(settings)} {_digest([])}"
    )


def record_rebuild(warehouse: Warehouse, relations: Iterable[str]) -> None:
    """Call under the home's lock, before bronze rows of these source tables are loaded again."""
    record_transformed(warehouse, dict.fromkeys(relations, REBUILD))


def record_transformed(warehouse: Warehouse, states: dict[str, str]) -> None:
    """Call under the home's lock: with `begun` before a build, with `states` after all that rests on them was built."""
    if not states:
        return
    values = ", ".join(
        f"('{relation}', '{state}')" for relation, state in sorted((warehouse.transformed() | states).items())
    )
    warehouse.execute(
        f"create or replace table meta.transformed as select * from (values {values}) as t (relation, state)"
    )
    warehouse.transformed()  # asked while compute is awake, the answer stands for the next look


def _digest(loads: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(sorted(loads)).encode()).hexdigest()[:32]
