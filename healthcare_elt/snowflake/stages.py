"""Schemas, file formats and stages: the rooms of the database, without what they hold."""

from __future__ import annotations

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.names import SCHEMAS, TRANSIENT_SCHEMAS, text

FILE_FORMATS = {
    "META.CSV": "type = csv field_delimiter = ',' skip_header = 1 field_optionally_enclosed_by = '\"' "
    "escape_unenclosed_field = none empty_field_as_null = false null_if = () error_on_column_count_mismatch = false "
    "encoding = 'UTF8'",
    "META.JSON_LINES": "type = json strip_outer_array = false",
    "META.PARQUET": "type = parquet",
}
"""Text is taken as it stands: what is null, trimmed or typed is decided in silver."""


def schema_group(snowflake: SnowflakeSettings) -> Group:
    """Managed access: only the schema's owner grants, never the owner of a table in it."""
    database = snowflake.database
    statements = []
    for schema in SCHEMAS:
        kind = "transient schema" if schema in TRANSIENT_SCHEMAS else "schema"
        statements += [
            f"create {kind} if not exists {database}.{schema} with managed access",
            f"alter schema {database}.{schema} enable managed access",
        ]
    return Group("schemas", "database", snowflake.admin_role, tuple(statements))


def stage_group(snowflake: SnowflakeSettings, landing_url: str | None) -> Group:
    formats = [
        f"create file format if not exists {snowflake.database}.{name} {options}"
        for name, options in FILE_FORMATS.items()
    ]
    uploads = f"create stage if not exists {snowflake.uploads} encryption = (type = 'SNOWFLAKE_SSE')"
    external = _landing_stage(snowflake, landing_url) if landing_url else []
    return Group("file formats and stages", "database", snowflake.admin_role, (*formats, uploads, *external))


def _landing_stage(snowflake: SnowflakeSettings, landing_url: str) -> list[str]:
    where = f"url = {text(landing_url + '/')} storage_integration = {snowflake.integration}"
    return [f"create stage if not exists {snowflake.stage} {where}", f"alter stage {snowflake.stage} set {where}"]
