"""What dbt has built: every column under its PHI class, and no policy that somebody has put beside the tag's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.classes import Classes, floor
from healthcare_elt.snowflake.difference import Ask, Difference
from healthcare_elt.snowflake.names import OPEN_SCHEMAS, PHI_SCHEMAS
from healthcare_elt.snowflake.verify_tags import column_classes, own_policies

BUILT_SCHEMAS = tuple(schema for schema in (*PHI_SCHEMAS, *OPEN_SCHEMAS) if schema not in ("RAW", "BRONZE", "META"))


def model_differences(ask: Ask, snowflake: SnowflakeSettings, planned: Mapping[str, Classes]) -> Iterator[Difference]:
    """Of the tables and views that are there: what was never built is no difference.

    Args:
        planned: the classes of columns by schema and relation; what is in none has its schema's.
    """
    schemas = ", ".join(f"'{schema}'" for schema in BUILT_SCHEMAS)
    there: dict[str, list[str]] = {}
    for row in ask(
        f"select table_schema, table_name, column_name from {snowflake.database}.information_schema.columns "
        f"where table_schema in ({schemas})"
    ):
        there.setdefault(f"{row['table_schema']}.{row['table_name']}", []).append(row["column_name"])
    found = column_classes(ask, snowflake, sorted(there))
    for table, columns in sorted(there.items()):
        default = floor(table.partition(".")[0])
        for column in sorted(columns):
            value, phi = found[table].get(column, default), planned.get(table, {}).get(column.lower(), default)
            if value != phi:
                yield Difference(f"column {table}.{column}: PHI", value, phi)
    for table, policies in own_policies(ask, snowflake, sorted(there)).items():
        for policy in policies:
            yield Difference(f"table {table}: policy {policy}", "there", "not planned")
