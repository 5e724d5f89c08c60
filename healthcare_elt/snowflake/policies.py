"""Tags and policies: what of PHI is seen by whom, whatever grants say.

A masking policy for each type is bound to the tag PHI. A column has the tag by its own definition or from its schema,
so a new column is masked before anybody has classed it. Numbers are not masked: one policy would have to serve
columns of every scale, and a scale that does not fit would change amounts; they are guarded by grants alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.names import (
    ACCESS_TABLE,
    MANAGED_BY_TAG,
    OPEN_SCHEMAS,
    PHI_SCHEMAS,
    PHI_TAG,
    SOURCE_SYSTEM_TAG,
    TAGS,
    text,
)

ROW_CARRIER = "_row_number"
"""The bronze column that row access policies are written on: Snowflake allows a column no masking policy beside."""
ANY_SYSTEM = "*"

COARSENED = {
    "varchar": "'***'",
    "date": "date_trunc('year', value)",
    "timestamp_ntz": "date_trunc('year', value)",
    "float": "null",
    "boolean": "null",
}
"""What is left of a `quasi` value of each type; a `direct` one gives '***' or null."""
MASKED = dict.fromkeys(COARSENED, "null") | {"varchar": "'***'"}


def masking_policy(kind: str) -> str:
    return f"META.MASK_{kind.upper()}"


def row_policy(system: str) -> str:
    return f"META.ROWS_OF_{system.upper()}"


def raw_policy(system: str) -> str:
    return f"META.RAW_OF_{system.upper()}"


def masking_body(snowflake: SnowflakeSettings, kind: str) -> str:
    """Loader and transformer see values only as the session's own role, not through a role that inherits them."""
    tag = f"system$get_tag_on_current_column('{snowflake.database}.{PHI_TAG}')"
    return (
        f"case when current_role() in ({_service_roles(snowflake)}) then value "
        f"when is_role_in_session('{snowflake.phi_reader_role}') then value "
        f"when {tag} = 'none' then value "
        f"when {tag} = 'quasi' then {COARSENED[kind]} "
        f"else {MASKED[kind]} end"
    )


def row_body(snowflake: SnowflakeSettings, system: str) -> str:
    return (
        f"current_role() in ({_service_roles(snowflake)}) or exists (select 1 "
        f"from {snowflake.database}.{ACCESS_TABLE} as access where is_role_in_session(access.role_name) "
        f"and access.source_system in ({text(system)}, '{ANY_SYSTEM}'))"
    )


def raw_body(snowflake: SnowflakeSettings, system: str) -> str:
    """A delivered row is shown whole or not at all: Snowflake takes VALUE under no masking policy beside this one."""
    return (
        f"current_role() in ({_service_roles(snowflake)}) or "
        f"(is_role_in_session('{snowflake.phi_reader_role}') and ({row_body(snowflake, system)}))"
    )


def policy_groups(snowflake: SnowflakeSettings, contracts: Sequence[Contract]) -> list[Group]:
    """In order: tags, then masking policies and their binding, then schemas under the tag, then row access policies."""
    database, admin = snowflake.database, snowflake.admin_role
    systems = sorted({contract.system for contract in contracts})
    return [
        Group("tags", "database", admin, _tags(database)),
        Group("masking policies", "database", admin, _masking(snowflake)),
        Group("schemas are PHI until a column says otherwise", "database", admin, _schema_tags(database)),
        Group("row access policies", "database", admin, _row_access(snowflake, systems)),
    ]


def _tags(database: str) -> tuple[str, ...]:
    phi = f"create tag if not exists {database}.{PHI_TAG} allowed_values 'direct', 'quasi', 'none'"
    others = (f"create tag if not exists {database}.{tag}" for tag in TAGS if tag != PHI_TAG)
    return (phi, *others, f"alter database {database} set tag {database}.{MANAGED_BY_TAG} = 'healthcare-elt'")


def _masking(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    """Made, brought up to date, bound: in this order no column under the tag is ever without a policy."""
    database = snowflake.database
    statements = []
    for kind in COARSENED:
        name, body = f"{database}.{masking_policy(kind)}", masking_body(snowflake, kind)
        statements += [
            f"create masking policy if not exists {name} as (value {kind}) returns {kind} -> {body}",
            f"alter masking policy {name} set body -> {body}",
        ]
    bound = (
        f"alter tag {database}.{PHI_TAG} set masking policy {database}.{masking_policy(kind)} force"
        for kind in COARSENED
    )
    return (*statements, *bound)


def _schema_tags(database: str) -> tuple[str, ...]:
    classes = dict.fromkeys(PHI_SCHEMAS, "direct") | dict.fromkeys(OPEN_SCHEMAS, "none")
    return tuple(
        f"alter schema {database}.{schema} set tag {database}.{PHI_TAG} = '{phi}'" for schema, phi in classes.items()
    )


def _row_access(snowflake: SnowflakeSettings, systems: Sequence[str]) -> tuple[str, ...]:
    database = snowflake.database
    none = f"with tag ({database}.{PHI_TAG} = 'none')"
    statements = [
        f"create table if not exists {database}.{ACCESS_TABLE} "
        f"(source_system varchar not null {none}, role_name varchar not null {none}) "
        "comment = 'Which role sees the bronze rows of which source system; * is every one'",
        f"use warehouse {snowflake.reading_warehouse}",
        f"insert into {database}.{ACCESS_TABLE} (source_system, role_name) "
        f"select '{ANY_SYSTEM}', '{snowflake.phi_reader_role}' "
        f"where not exists (select 1 from {database}.{ACCESS_TABLE})",
    ]
    for name, (argument, body) in row_policies(snowflake, systems).items():
        policy = f"{database}.{name}"
        statements += [
            f"create row access policy if not exists {policy} as ({argument}) returns boolean -> {body}",
            f"alter row access policy {policy} set body -> {body}",
        ]
    return tuple(statements)


def row_policies(snowflake: SnowflakeSettings, systems: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The argument and the body of each row access policy: of bronze, and of the external tables if there are any."""
    bronze = {row_policy(system): ("row_number number", row_body(snowflake, system)) for system in systems}
    if not snowflake.raw_formats:
        return bronze
    return bronze | {raw_policy(system): ("value variant", raw_body(snowflake, system)) for system in systems}


def _service_roles(snowflake: SnowflakeSettings) -> str:
    return ", ".join(dict.fromkeys(f"'{role}'" for role in (snowflake.loader_role, snowflake.transformer_role)))


def applied_tags(database: str) -> tuple[str, ...]:
    """Tags that the loader writes on the tables it makes."""
    return tuple(f"{database}.{tag}" for tag in (PHI_TAG, SOURCE_SYSTEM_TAG))
