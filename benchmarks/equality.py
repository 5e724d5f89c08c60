"""Whether two ways of doing the job came to the same rows, on the columns that mean something to the business.

The names are those of limit/tables.sql; for the product's warehouse a query says what is meant. Surrogate keys and
bookkeeping differ by design: a fact is compared by the dimension versions that its keys lead to.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

_COLUMNS = {
    "patients": "patient_id, gender, birth_date",
    "providers": "provider_name, npi, zip",
    "encounters": "encounter_id, npi, patient_id, cpt, paid_amount",
}
_DELIVERED = {"patients": "patients", "providers": "providers", "encounters": "encounters_details"}
_VALIDITY = "cast(valid_from as date) as valid_from, cast(valid_to as date) as valid_to, is_inferred"
_GOLD = {
    "gold.dim_patient": f"select patient_id, gender, birth_date, {_VALIDITY} from gold.dim_patient",
    "gold.dim_provider": f"select npi, provider_name, zip, {_VALIDITY} from gold.dim_provider",
    "gold.fct_encounter": """
        select
            f.encounter_id, f.encounter_date, f.patient_id, f.npi, f.cpt, cast(f.paid_amount as decimal(18, 2)),
            p.patient_id, p.gender, p.birth_date, cast(p.valid_from as date), p.is_inferred,
            v.npi, v.provider_name, v.zip, cast(v.valid_from as date), v.is_inferred
        from gold.fct_encounter as f
        left join gold.dim_patient as p on p.patient_key = f.patient_key
        left join gold.dim_provider as v on v.provider_key = f.provider_key""",
}
_FEATURES = "npi, cpt, as_of_date, encounters_to_date, paid_to_date, mean_paid_to_date"

PLAIN: Mapping[str, str] = {
    **{f"bronze.{name}": f"select {columns}, delivery_date from bronze.{name}" for name, columns in _COLUMNS.items()},
    **{f"silver.{name}": f"select {columns}, effective_date from silver.{name}" for name, columns in _COLUMNS.items()},
    **{
        f"quarantine.{name}": f"select reasons, {columns}, delivery_date, row_number from quarantine.{name}"
        for name, columns in _COLUMNS.items()
    },
    **_GOLD,
    "features.provider_procedure": f"select {_FEATURES} from features.provider_procedure",
}
"""The tables of whoever follows limit/tables.sql."""

OURS: Mapping[str, str] = {
    **{
        f"bronze.{name}": f"select {columns}, _delivery_date from bronze.icon_health__{_DELIVERED[name]}"
        for name, columns in _COLUMNS.items()
    },
    **{
        f"silver.{name}": f"select {columns}, cast(_effective_at as date) from silver.icon_health__{_DELIVERED[name]}"
        for name, columns in _COLUMNS.items()
    },
    **{
        f"quarantine.{name}": f"""
            select reasons, {columns}, _delivery_date, _row_number from quarantine.icon_health__{_DELIVERED[name]}"""
        for name, columns in _COLUMNS.items()
    },
    **_GOLD,
    "gold.dim_patient": _GOLD["gold.dim_patient"] + " where source_system = 'icon_health'",
    "gold.dim_provider": _GOLD["gold.dim_provider"] + " where source_system = 'icon_health'",
    "features.provider_procedure": f"select {_FEATURES} from features.provider_procedure_features",
}


def differences(
    warehouse: Path, other: Path, queries: Mapping[str, str] = PLAIN, others: Mapping[str, str] = OURS
) -> dict[str, int]:
    """How many rows of each table are in one of two DuckDB files only, counting copies; empty if they are equal."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as one (read_only)")
        connection.execute(f"attach '{other}' as two (read_only)")
        for table in queries:
            connection.execute("use one")
            connection.execute(f"create temporary table first_side as {queries[table]}")
            connection.execute("use two")
            connection.execute(f"create temporary table second_side as {others[table]}")
            row = connection.execute("""
                select (select count(*) from (from first_side except all from second_side))
                    + (select count(*) from (from second_side except all from first_side))""").fetchone()
            connection.execute("drop table temp.first_side")
            connection.execute("drop table temp.second_side")
            if row and row[0]:
                found[table] = row[0]
    return found
