"""What has to be in Snowflake before a load, and is not there yet.

Here belongs finding it out. The statements, with tags and policies, are those of `snowflake apply`, which makes all
that is around the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.names import identifier
from healthcare_elt.snowflake.tables import TYPES, add_column, create_load_lock, create_load_log, create_tables
from healthcare_elt.warehouse.columns import LOAD_LOG

Columns = dict[str, set[str]]
"""Column names by table, as `Warehouse.columns` gives them."""


def missing(snowflake: SnowflakeSettings, there: Columns, contracts: Sequence[Contract]) -> list[str]:
    """The statements that create what is not there yet."""
    statements = [] if "meta.load_log" in there else [create_load_log(snowflake)]
    new = {name: kind for name, kind in LOAD_LOG.items() if name not in there.get("meta.load_log", LOAD_LOG)}
    statements += [
        f"alter table META.LOAD_LOG add column {identifier(name)} {TYPES.get(kind, kind)}" for name, kind in new.items()
    ]
    statements += [] if "meta.load_lock" in there else create_load_lock(snowflake)
    for contract in contracts:
        known = {f"bronze.{contract.relation}", f"bronze.{contract.relation}__rejects"} & there.keys()
        statements += create_tables(snowflake, contract) if len(known) < 2 else ()
        statements += missing_columns(snowflake, there, contract, contract.column_names)
    return statements


def missing_columns(
    snowflake: SnowflakeSettings, there: Columns, contract: Contract, names: Iterable[str]
) -> list[str]:
    """The statements that add columns to a bronze table that is there."""
    known = there.get(f"bronze.{contract.relation}")
    if known is None:
        return []
    return [add_column(snowflake, contract, name) for name in dict.fromkeys(names) if name.lower() not in known]
