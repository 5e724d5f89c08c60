"""What one delivery looks like, column by column: counts, ends, quantiles and shares.

Here belongs reading profiles (curated.delivery_profiles and delivery_shares) for people and pictures. Of a column that
is PHI there are counts alone; what is drift is decided in the warehouse, and read by `health`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Any

from healthcare_elt.pipeline.health import among_sql
from healthcare_elt.pipeline.home import Home
from healthcare_elt.warehouse import Warehouse

GAMMA = 1.1
"""How much wider each bin of a number is than the one before; macros/health/profile.sql says the same."""
ZERO = 10_000
"""How far the numbers of bins are moved away from 0, by sign."""
QUARTILES = (0.25, 0.5, 0.75)

Bins = dict[tuple[int | None, str | None], list[int]]
"""Occurrences in the delivery and in those before it, by number of the bin or by text."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column of one delivery."""

    column: str
    rows: int
    nulls: int
    """Rows whose cell is blank or could not be typed."""
    distinct: int
    """An estimate, to within a few percent."""
    minimum: str | None
    """Of numbers and days that are no PHI, as all below."""
    maximum: str | None
    quartiles: tuple[float, ...] | None
    """To within 5 %, and between the ends; of days, how many before the delivery date."""


@dataclass(frozen=True)
class ColumnShares:
    """How the values of one column that is no PHI are spread, in a delivery and in those before it: for pictures."""

    column: str
    is_ordered: bool
    """True for numbers and days, whose labels are in the order of their values."""
    labels: tuple[str, ...]
    """`1,000 to 1,100` (of days: before the delivery date), or the text itself; last may come `(others)`."""
    delivery: tuple[float, ...]
    """The share of the delivery's values that are not null, by label; they add up to 1."""
    reference: tuple[float, ...]
    """The same of the window's deliveries, together; all 0 if there are none."""


def profile_of(home: Home, delivery_id: str) -> list[ColumnProfile]:
    """Every column of a delivery, by name; empty if it has no profile yet."""
    with home.warehouse_if_there() as warehouse:
        if warehouse is None or "curated.delivery_profiles" not in warehouse.columns("curated"):
            return []
        bins = _bins(warehouse, delivery_id, [])
        return [
            ColumnProfile(
                row["column_name"],
                row["bronze_rows"],
                row["null_rows"],
                row["distinct_values"],
                row["minimum"],
                row["maximum"],
                _quartiles(bins.get(row["column_name"], {}), _ends(row)),
            )
            for row in warehouse.rows(
                f"select * from curated.delivery_profiles where {among_sql([delivery_id])} order by column_name"
            )
        ]


def shares_of(home: Home, delivery_id: str) -> list[ColumnShares]:
    """The shares of each column of a delivery that is no PHI, by name of the column; empty if there are none."""
    window = {contract.name: contract.drift.window for contract in home.contracts}
    with home.warehouse_if_there() as warehouse:
        if warehouse is None or "curated.delivery_shares" not in warehouse.columns("curated"):
            return []
        bins = _bins(warehouse, delivery_id, _earlier(warehouse, delivery_id, window))
    return [_column_shares(column, found) for column, found in sorted(bins.items())]


def quantile(bins: Sequence[tuple[int, int]], share: float) -> float:
    """The number below which that share of the values lies, to within 5 %.

    Args:
        bins: number and occurrences of each bin, in order.
    """
    wanted, seen = share * sum(count for _, count in bins), 0
    for number, count in bins:
        seen += count
        if seen >= wanted:
            return (_edge(number) * GAMMA**0.5 * (1 if number > 0 else -1)) if number else 0.0
    raise ValueError("no values")


def _quartiles(bins: Bins, ends: tuple[float, float]) -> tuple[float, ...] | None:
    ordered = sorted((number, counts[0]) for (number, _), counts in bins.items() if number is not None)
    low, high = ends
    return tuple(min(max(quantile(ordered, share), low), high) for share in QUARTILES) if ordered else None


def _ends(row: Mapping[str, Any]) -> tuple[float, float]:
    """The least and the greatest number that is in a bin; unbounded without bins, and with a year beyond 9999."""
    try:
        low, high = sorted(_number(row[end], row["delivery_date"]) for end in ("minimum", "maximum") if row[end])
    except ValueError:
        return -inf, inf
    return low, high


def _number(end: str, delivery_date: date) -> float:
    """Of a day or a moment, how many days before the delivery date."""
    try:
        return float(end)
    except ValueError:
        return float((delivery_date - datetime.fromisoformat(end).date()).days)


def _bins(warehouse: Warehouse, delivery_id: str, earlier: Sequence[str]) -> dict[str, Bins]:
    found: dict[str, Bins] = defaultdict(dict)
    for row in warehouse.rows(
        "select delivery_id, column_name, bin, value, occurrences from curated.delivery_shares "
        f"where {among_sql([delivery_id, *earlier])}"
    ):
        both = found[row["column_name"]].setdefault((row["bin"], row["value"]), [0, 0])
        both[0 if row["delivery_id"] == delivery_id else 1] += row["occurrences"]
    return found


def _edge(number: int) -> float:
    """The end of a bin that is nearer to 0, without its sign."""
    return GAMMA ** (abs(number) - ZERO)


def _earlier(warehouse: Warehouse, delivery_id: str, window: dict[str, int]) -> list[str]:
    """The deliveries that it is compared with."""
    rows = warehouse.rows(
        "select distinct system, table_name, delivery_date, _arrival, delivery_id from curated.delivery_profiles "
        "where (system, table_name) in "
        "(select system, table_name from curated.delivery_profiles where delivery_id = ?) "
        "order by delivery_date, _arrival",
        [delivery_id],
    )
    ids = [row["delivery_id"] for row in rows]
    if not ids:
        return []
    place = ids.index(delivery_id)
    return ids[max(0, place - window.get(f"{rows[0]['system']}.{rows[0]['table_name']}", 0)) : place]


def _column_shares(column: str, counts: Bins) -> ColumnShares:
    totals = [sum(each[side] for each in counts.values()) or 1 for side in (0, 1)]
    is_ordered = any(number is not None for number, _ in counts)
    order = sorted(counts) if is_ordered else sorted(counts, key=lambda k: (k[1] is None, -sum(counts[k]), k[1] or ""))
    return ColumnShares(
        column,
        is_ordered,
        tuple(_label(number, value) for number, value in order),
        tuple(counts[key][0] / totals[0] for key in order),
        tuple(counts[key][1] / totals[1] for key in order),
    )


def _label(number: int | None, value: str | None) -> str:
    if number is None:
        return "(others)" if value is None else value
    if number == 0:
        return "0"
    ends = [_edge(number), _edge(number) * GAMMA]
    low, high = ends if number > 0 else [-end for end in reversed(ends)]
    return f"{low:,.3g} to {high:,.3g}" if abs(high) < 1000 else f"{low:,.0f} to {high:,.0f}"
