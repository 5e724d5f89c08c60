"""What has to be in Snowflake before a load, and is not there yet.

Here belongs finding it out. The statements, with tags and policies, are those of `snowflake apply`, which makes all
that is around the tables.
"""

from __future__ import annotations

from collections.abc import Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.tables import (
    create_load_lock,
    create_load_log,
    create_tables,
    extend_load_log,
    missing_columns,
)
from healthcare_elt.warehouse.columns import Columns


def missing(snowflake: SnowflakeSettings, there: Columns, contracts: Sequence[Contract]) -> list[str]:
    """The statements that create what is not there yet."""
    if "meta.load_log" in there:
        statements = extend_load_log(snowflake, there["meta.load_log"])
    else:
        statements = [create_load_log(snowflake)]
    statements += [] if "meta.load_lock" in there else create_load_lock(snowflake)
    for contract in contracts:
        known = there.get(f"bronze.{contract.relation}")
        if known is None or f"bronze.{contract.relation}__rejects" not in there:
            statements += create_tables(snowflake, contract)
        if known is not None:
            statements += missing_columns(snowflake, contract, known, contract.column_names)
    return statements
