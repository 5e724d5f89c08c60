"""External tables over the raw zone: the delivered files of each source table, looked at where they lie.

Nothing of the pipeline reads them. There is one for each source table and each format of `SNOWFLAKE_RAW_TABLES`, with
the row as VALUE, METADATA$FILENAME, and the delivery date as partitions. Files are found by REFRESH, which needs no
compute; the loader runs it, here and after each load of the table.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.landing.zone import DELIVERIES
from healthcare_elt.settings import SettingsError
from healthcare_elt.settings_snowflake import RawFormat, SnowflakeSettings
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.names import PHI_TAG, SOURCE_SYSTEM_TAG, identifier, text
from healthcare_elt.snowflake.policies import raw_policy

COMPRESSED = "([.](gz|zst))?"
FORMATS: dict[RawFormat, tuple[str, str]] = {
    "csv": ("META.CSV", f".*[.]csv{COMPRESSED}"),
    "json": ("META.JSON_LINES", f".*[.](json|ndjson|jsonl){COMPRESSED}"),
    "parquet": ("META.PARQUET", ".*[.](parquet|pq)"),
}
"""The file format, and the names of the files that it reads."""
PARTITIONS = {"YEAR": 4, "MONTH": 2, "DAY": 2}
"""The parts of the delivery date in the key of a delivery, with their digits."""


def raw_tables(snowflake: SnowflakeSettings, contract: Contract) -> dict[RawFormat, str]:
    """The full name of each external table of a source table."""
    place = f"{snowflake.database}.RAW"
    return {kind: f"{place}.{identifier(f'{contract.relation}__{kind}')}" for kind in snowflake.raw_formats}


def location(snowflake: SnowflakeSettings, contract: Contract) -> str:
    return f"@{snowflake.stage}/{DELIVERIES}{contract.system}/{contract.table}/"


def refresh(snowflake: SnowflakeSettings, contract: Contract, keys: Sequence[str] = ()) -> list[str]:
    """Statements after which the external tables of a source table show what has landed.

    Args:
        keys: of deliveries of this table; only the folder that holds them all is listed, so that the work grows with
            what is new. None is everything.
    """
    root = f"{DELIVERIES}{contract.system}/{contract.table}"
    below = posixpath.relpath(posixpath.commonpath(map(posixpath.dirname, keys)), root) if keys else "."
    where = "" if below == "." else f" {text(f'{below}/')}"
    return [f"alter external table {name} refresh{where}" for name in raw_tables(snowflake, contract).values()]


def raw_groups(snowflake: SnowflakeSettings, contracts: Sequence[Contract], landing_url: str | None) -> list[Group]:
    """None unless the settings ask for them.

    Raises:
        SettingsError: they do, and the landing zone is no place that Snowflake reads.
    """
    if not snowflake.raw_formats:
        return []
    if landing_url is None:
        raise SettingsError(
            "SNOWFLAKE_RAW_TABLES is set, and the landing zone is in a folder; "
            "unset it, or set HEALTHCARE_ELT_LANDING_URL to a landing zone in S3."
        )
    statements: list[str] = []
    for contract in contracts:
        statements += [
            _create(snowflake, contract, kind, name) for kind, name in raw_tables(snowflake, contract).items()
        ]
        statements += refresh(snowflake, contract)
    return [Group("external tables over the raw zone", "database", snowflake.loader_role, tuple(statements))]


def _create(snowflake: SnowflakeSettings, contract: Contract, kind: RawFormat, name: str) -> str:
    """Empty until it is refreshed; under its policy and its tags from its first moment on."""
    database = snowflake.database
    file_format, pattern = FORMATS[kind]
    parts = ", ".join(f"{part} number({digits}, 0) as ({_partition(part)})" for part, digits in PARTITIONS.items())
    return (
        f"create external table if not exists {name} ({parts}) partition by ({', '.join(PARTITIONS)}) "
        f"location = {location(snowflake, contract)} refresh_on_create = false auto_refresh = false "
        f"pattern = {text(pattern)} file_format = (format_name = {text(f'{database}.{file_format}')}) "
        f"with row access policy {database}.{raw_policy(contract.system)} on (VALUE) "
        f"with tag ({database}.{PHI_TAG} = 'direct', {database}.{SOURCE_SYSTEM_TAG} = {text(contract.system)})"
    )


def _partition(part: str) -> str:
    return f"to_number(split_part(split_part(metadata$filename, '/{part.lower()}=', 2), '/', 1))"
