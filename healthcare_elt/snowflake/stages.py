"""Schemas, file formats and stages: the rooms of the database, without what they hold."""

from __future__ import annotations

from typing import Any

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.names import SCHEMAS, TRANSIENT_SCHEMAS, text

FILE_FORMATS: dict[str, dict[str, Any]] = {
    "META.CSV": {
        "type": "csv",
        "field_delimiter": ",",
        "skip_header": 1,
        "field_optionally_enclosed_by": '"',
        "escape_unenclosed_field": "none",
        "empty_field_as_null": False,
        "null_if": [],
        "error_on_column_count_mismatch": False,
        "encoding": "UTF8",
    },
    "META.JSON_LINES": {"type": "json", "strip_outer_array": False},
    "META.PARQUET": {"type": "parquet"},
}
"""Text is taken as it stands: what is null, trimmed or typed is decided in silver."""
KEYWORDS = ("csv", "json", "parquet", "none")


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
    formats = []
    for name, options in FILE_FORMATS.items():
        file_format, (kind, *rest) = f"{snowflake.database}.{name}", [_option(*each) for each in options.items()]
        formats.append(f"create file format if not exists {file_format} {' '.join((kind, *rest))}")
        formats += [f"alter file format {file_format} set {' '.join(rest)}"] if rest else []
    uploads = f"create stage if not exists {snowflake.uploads} encryption = (type = 'SNOWFLAKE_SSE')"
    external = _landing_stage(snowflake, landing_url) if landing_url else []
    return Group("file formats and stages", "database", snowflake.admin_role, (*formats, uploads, *external))


def _option(name: str, value: Any) -> str:
    match value:
        case []:
            return f"{name} = ()"
        case bool() | int():
            return f"{name} = {str(value).lower()}"
        case _:
            return f"{name} = {value if value in KEYWORDS else text(value)}"


def _landing_stage(snowflake: SnowflakeSettings, landing_url: str) -> list[str]:
    where = f"url = {text(landing_url + '/')} storage_integration = {snowflake.integration}"
    return [f"create stage if not exists {snowflake.stage} {where}", f"alter stage {snowflake.stage} set {where}"]
