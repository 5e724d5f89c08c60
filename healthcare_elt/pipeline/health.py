"""How good the deliveries are: score, drift, expectations and schema changes of each table and delivery date.

Here belongs reading what dbt made of the deliveries (models/curated/health) into plain objects for the asset checks,
the command line and the report. What is computed is there; what the headers of files say is in `schema_changes`.

Nothing that is read here is a value of a column that is PHI: such columns have names, counts and scores.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.schema_changes import SchemaChange, schema_changes
from healthcare_elt.warehouse import Warehouse


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
        ids = _deliveries(warehouse, among_sql(deliveries))
        drift, expected = _drift(warehouse, among_sql(deliveries)), _expectations(warehouse, among_sql(deliveries))
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


def last_deliveries(home: Home) -> set[str]:
    """Of each table the deliveries of its last date, those aside that were never loaded or do not count."""
    with home.warehouse_if_there() as warehouse:
        if warehouse is None or "curated.delivery_profiles" not in warehouse.columns("curated"):
            return set()
        found = warehouse.rows(
            "select distinct delivery_id from (select delivery_id, rank() over (partition by system, table_name "
            "order by delivery_date desc) as place from curated.delivery_profiles) as placed where place = 1"
        )
    return {row["delivery_id"] for row in found}


def _key(row: dict) -> tuple[str, date]:
    return f"{row['system']}.{row['table_name']}", row["delivery_date"]


def among_sql(deliveries: Collection[str] | None) -> str:
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
