"""How good the deliveries are: score, drift, expectations and schema changes of each table and delivery date.

Here belongs reading what dbt made of the deliveries (models/curated/health) into plain objects for the asset checks,
the command line and the report. What is computed is there; what the headers of files say is in `schema_changes`.

Nothing that is read here is a value of a column that is PHI: such columns have names, counts and scores.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.schema_changes import SchemaChange, schema_changes
from healthcare_elt.warehouse import Warehouse

GAMMA = 1.1
"""How much wider each bin of a number is than the one before; macros/health/profile.sql says the same."""
ZERO = 10_000
"""How far the numbers of bins are moved away from 0, by sign."""


@dataclass(frozen=True)
class Drift:
    """One comparison of a delivery with those before it."""

    delivery_id: str
    check: str
    """volume, null_rate or distribution."""
    column: str
    """Empty for the volume."""
    measure: str
    """ratio, difference, psi or ks."""
    compared: int
    """How many earlier deliveries it was compared with."""
    score: float
    threshold: float
    has_drifted: bool


@dataclass(frozen=True)
class Expected:
    """What became of one expectation in one delivery."""

    delivery_id: str
    expectation: str
    columns: str
    """Separated by commas; empty for a table's."""
    severity: str
    observed: float | None
    """The share of rows that meet it, or the figure; None without rows, and where it would tell a value that is PHI."""
    has_held: bool


@dataclass(frozen=True)
class TableHealth:
    """One source table on one delivery date, all deliveries of that date together."""

    table: str
    """The contract's name: icon_health.patients."""
    delivery_date: date
    deliveries: tuple[str, ...]
    """Ids, in order of arrival."""
    score: float
    """From 0 to 1; curated.data_health says how."""
    bronze_rows: int
    marts: tuple[str, ...]
    """Names of the curated models that rest on the table."""
    drift: tuple[Drift, ...]
    """In the order of checks and columns; empty while there are fewer than three earlier deliveries."""
    expectations: tuple[Expected, ...]
    schema_changes: tuple[SchemaChange, ...]


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


def health_of(
    home: Home, tables: Collection[str] | None = None, *, deliveries: Collection[str] | None = None
) -> list[TableHealth]:
    """The health of every table and delivery date, by table, latest date last; empty before the first run.

    Args:
        tables: names of contracts; all if None.
        deliveries: of these alone drift, expectations and schema changes are told, and their dates; of all if None.
    """
    with home.warehouse_if_there() as warehouse:
        if warehouse is None or "curated.delivery_expectations" not in warehouse.columns("curated"):
            return []
        changes = defaultdict(list)
        for change in schema_changes(warehouse.load_log(), deliveries):
            changes[change.table, change.delivery_date].append(change)
        ids = _deliveries(warehouse, _among(deliveries))
        drift, expected = _drift(warehouse, _among(deliveries)), _expectations(warehouse, _among(deliveries))
        return [
            TableHealth(
                key[0],
                key[1],
                tuple(ids[key]),
                float(row["score"]),
                row["bronze_rows"],
                tuple(name for name in row["marts"].split(",") if name),
                tuple(drift.get(key, ())),
                tuple(expected.get(key, ())),
                tuple(changes.get(key, ())),
            )
            for row in warehouse.rows(
                "select system, table_name, delivery_date, score, bronze_rows, marts from curated.data_health "
                "order by system, table_name, delivery_date"
            )
            if (key := _key(row)) in ids and (tables is None or key[0] in tables)
        ]


def latest(healths: Sequence[TableHealth]) -> list[TableHealth]:
    """Of each table its last delivery date."""
    return list({health.table: health for health in healths}.values())


def shares_of(home: Home, delivery_id: str) -> list[ColumnShares]:
    """The shares of each column of a delivery that is no PHI, by name of the column; empty if there are none."""
    window = {contract.name: contract.drift.window for contract in home.contracts}
    with home.warehouse_if_there() as warehouse:
        if warehouse is None or "curated.delivery_shares" not in warehouse.columns("curated"):
            return []
        earlier = _earlier(warehouse, delivery_id, window)
        counts: dict[str, dict[tuple[int | None, str | None], list[int]]] = defaultdict(dict)
        for row in warehouse.rows(
            "select delivery_id, column_name, bin, value, occurrences from curated.delivery_shares "
            f"where {_among([delivery_id, *earlier])} order by column_name, bin, value"
        ):
            both = counts[row["column_name"]].setdefault((row["bin"], row["value"]), [0, 0])
            both[0 if row["delivery_id"] == delivery_id else 1] += row["occurrences"]
    return [_column_shares(column, found) for column, found in sorted(counts.items())]


def quantile(bins: Sequence[tuple[int, int]], share: float) -> float:
    """The number below which that share of the values lies, to within 5 %.

    Args:
        bins: number and occurrences of each bin, in order.
    """
    wanted, seen = share * sum(count for _, count in bins), 0
    for number, count in bins:
        seen += count
        if seen >= wanted:
            return math.copysign(math.sqrt(GAMMA), number) * _edge(number) if number else 0.0
    raise ValueError("no values")


def _edge(number: int) -> float:
    """The end of a bin that is nearer to 0, without its sign."""
    return GAMMA ** (abs(number) - ZERO)


def _key(row: dict) -> tuple[str, date]:
    return f"{row['system']}.{row['table_name']}", row["delivery_date"]


def _among(deliveries: Collection[str] | None) -> str:
    """SQL that is true of these deliveries; ids are hashes, and hold no quote."""
    if deliveries is None:
        return "1 = 1"
    ids = ", ".join(f"'{each}'" for each in sorted(deliveries) if each.isalnum())
    return f"delivery_id in ({ids})" if ids else "1 = 0"


def _deliveries(warehouse: Warehouse, among: str) -> dict[tuple[str, date], list[str]]:
    found = defaultdict(list)
    for row in warehouse.rows(
        "select distinct system, table_name, delivery_date, _arrival, delivery_id from curated.delivery_profiles "
        f"where {among} order by _arrival"
    ):
        found[_key(row)].append(row["delivery_id"])
    return found


def _drift(warehouse: Warehouse, among: str) -> dict[tuple[str, date], list[Drift]]:
    found = defaultdict(list)
    for row in warehouse.rows(
        f"select * from curated.data_drift where {among} "
        "order by delivery_date, delivery_id, check_name, column_name, measure"
    ):
        found[_key(row)].append(
            Drift(
                row["delivery_id"],
                row["check_name"],
                row["column_name"],
                row["measure"],
                row["compared"],
                float(row["score"]),
                float(row["threshold"]),
                row["has_drifted"],
            )
        )
    return found


def _expectations(warehouse: Warehouse, among: str) -> dict[tuple[str, date], list[Expected]]:
    found = defaultdict(list)
    for row in warehouse.rows(
        f"select * from curated.delivery_expectations where {among} order by delivery_date, delivery_id, number"
    ):
        observed = None if row["observed"] is None else float(row["observed"])
        found[_key(row)].append(
            Expected(
                row["delivery_id"], row["expectation"], row["column_names"], row["severity"], observed, row["has_held"]
            )
        )
    return found


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


def _column_shares(column: str, counts: dict[tuple[int | None, str | None], list[int]]) -> ColumnShares:
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
