"""What the statements of a run cost, where an engine charges for them and keeps count.

Here belongs adding it up, the same for every engine that has a query history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cost:
    """Of the statements that one run sent for one asset."""

    statements: int
    bytes_scanned: int
    seconds: float
    """During which a warehouse worked on them."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.statements + other.statements, self.bytes_scanned + other.bytes_scanned, self.seconds + other.seconds
        )


NOTHING = Cost(0, 0, 0.0)


def costs_by_asset(rows: Iterable[Mapping[str, Any]], run_id: str) -> dict[str, Cost]:
    """Of one run, by what the query tag calls the asset.

    Args:
        rows: `query_tag`, `statements`, `bytes_scanned` and `milliseconds`.
    """
    costs: dict[str, Cost] = {}
    for row in rows:
        tag = json.loads(row["query_tag"])
        if tag.get("run") == run_id:
            cost = Cost(int(row["statements"]), int(row["bytes_scanned"] or 0), float(row["milliseconds"] or 0) / 1000)
            asset = tag.get("asset", "")
            costs[asset] = costs.get(asset, NOTHING) + cost
    return costs
