"""What a table that delivers full becomes: versions, repeats and tombstones, as design.md defines them.

Here belongs the reference for counting. It keeps one delivery in memory, which no table of patients could.
"""

from __future__ import annotations

from collections.abc import Mapping

from healthcare_elt.sample.truth import Truth


class FullHistory:
    def __init__(self, table: str, truth: Truth) -> None:
        self._table = table
        self._truth = truth
        self._before: Mapping[str, object] = {}

    def add(self, state: Mapping[str, object]) -> None:
        """The next effective delivery: what each of its keys says."""
        repeats = sum(1 for key, value in state.items() if self._before.get(key) == value)
        gone = sum(1 for key in self._before if key not in state)
        come = sum(1 for key in state if key not in self._before)
        self._truth.rows(self._table, "versions", len(state) - repeats, new_keys=come - gone)
        self._truth.rows(self._table, "repeats", repeats)
        self._truth.rows(self._table, "tombstones", gone)
        self._before = state
