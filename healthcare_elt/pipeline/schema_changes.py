"""What changed in the header of a table's files, from each delivery to the next.

Here belongs comparing headers as the load log keeps them with every delivery: a change is told once, of the delivery
with which it came, and is a function of the set of deliveries. That a new column is loaded, ignored or rejected is the
contract's business (`on_new_column`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import Literal

from healthcare_elt.warehouse.load_log import LoadLogEntry

Change = Literal["came", "went", "moved", "format"]


@dataclass(frozen=True)
class SchemaChange:
    """One difference between the header of a delivery and that of the one before it, by delivery date and arrival."""

    table: str
    delivery_id: str
    delivery_date: date
    change: Change
    """`came` or `went`: the columns; `moved`: columns of both have another order; `format`: of the file."""
    names: tuple[str, ...]
    """Names of columns as the file has them, in its order; for `format` the one before and the new one."""

    @property
    def sentence(self) -> str:
        names = ", ".join(self.names)
        return {
            "came": f"new columns: {names}",
            "went": f"columns no longer there: {names}",
            "moved": f"other order of columns: {names}",
            "format": f"other file format: {' to '.join(self.names)}",
        }[self.change]


def schema_changes(log: Iterable[LoadLogEntry], among: Collection[str] | None = None) -> list[SchemaChange]:
    """What came with each delivery that counts, or with these, by table, then in the order of deliveries."""
    standing = [entry for entry in log if entry.withdrawn_at is None]
    standing.sort(key=lambda entry: (entry.system, entry.table, entry.delivery_date, entry.arrival))
    found = []
    for _, entries in groupby(standing, key=lambda entry: (entry.system, entry.table)):
        for before, after in pairwise(entries):
            if among is not None and after.delivery_id not in among:
                continue
            found += _changes(before, after)
    return found


def _changes(before: LoadLogEntry, after: LoadLogEntry) -> list[SchemaChange]:
    old, new = json.loads(before.details), json.loads(after.details)
    was, now = old["columns"], new["columns"]
    both = [name for name in now if name in was]
    told: list[tuple[Change, list[str]]] = [
        ("came", [name for name in now if name not in was]),
        ("went", [name for name in was if name not in now]),
        ("moved", both if both != [name for name in was if name in now] else []),
        ("format", [old["format"], new["format"]] if old["format"] != new["format"] else []),
    ]
    name = f"{after.system}.{after.table}"
    return [
        SchemaChange(name, after.delivery_id, after.delivery_date, change, tuple(names))
        for change, names in told
        if names
    ]
