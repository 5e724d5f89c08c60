"""What must become of the sample: the exact counts, as they are planted.

Here belongs counting. The words are those of design.md, section 3 (P1).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

from healthcare_elt.sample.faults import FAULTS
from healthcare_elt.sample.outbox import SYSTEM
from healthcare_elt.sample.plan import Plan

RowClass = Literal["versions", "repeats", "superseded", "quarantined", "rejects", "tombstones"]
_IN_BRONZE = ("versions", "repeats", "superseded", "quarantined")


class Truth:
    def __init__(self, plan: Plan, tables: tuple[str, ...]) -> None:
        self._plan = plan
        self._deliveries = {table: Counter() for table in tables}
        self._rows = {table: Counter() for table in tables}
        self._places: dict[str, dict[str, int]] = {}
        self._notes: dict[str, dict[str, int]] = {}

    def delivery(self, table: str, outcome: Literal["loaded", "rejected", "repeated"]) -> None:
        self._deliveries[table][outcome] += 1

    def rows(self, table: str, row_class: RowClass, count: int, new_keys: int = 0) -> None:
        """Rows of one class; `new_keys` of them are live keys that were not there before."""
        self._rows[table][row_class] += count
        self._rows[table]["current"] += new_keys

    def planted(self, fault: str, name: str, count: int, **notes: int) -> None:
        places = self._places.setdefault(fault, {})
        path = f"{SYSTEM}/{name}"
        places[path] = places.get(path, 0) + count
        self._notes.setdefault(fault, {}).update(notes)

    def fault_counts(self) -> dict[str, int]:
        return {fault: sum(self._places[fault].values()) for fault in FAULTS if fault in self._places}

    def text(self) -> str:
        content = {
            **parameters(self._plan),
            "deliveries": {table: self._delivery_counts(table) for table in self._deliveries},
            "rows": {table: self._row_counts(table) for table in self._rows},
            "faults": {fault: self._fault(fault, count) for fault, count in self.fault_counts().items()},
        }
        return json.dumps(content, indent=2) + "\n"

    def _delivery_counts(self, table: str) -> dict[str, int]:
        counts = self._deliveries[table]
        return {
            "landed": counts["loaded"] + counts["rejected"],
            "loaded": counts["loaded"],
            "rejected": counts["rejected"],
            "repeated": counts["repeated"],
        }

    def _row_counts(self, table: str) -> dict[str, int]:
        counts = self._rows[table]
        listed = ("rejects", "quarantined", "superseded", "repeats", "versions", "tombstones", "current")
        return {"bronze": sum(counts[each] for each in _IN_BRONZE)} | {each: counts[each] for each in listed}

    def _fault(self, name: str, count: int) -> Mapping[str, Any]:
        fault = FAULTS[name]
        files = sorted(self._places[name])
        entry = {
            "table": fault.table,
            **({"file": files[0]} if len(files) == 1 else {"files": files}),
            "count": count,
            "unit": fault.unit,
            **self._notes[name],
            "expected": fault.expected,
        }
        return entry | ({"reason": fault.reason} if fault.reason else {})


def parameters(plan: Plan) -> dict[str, Any]:
    return {
        "seed": plan.seed,
        "days": plan.days,
        "patients": plan.patients,
        "clean": plan.clean,
        "first_day": plan.first_day.isoformat(),
    }
