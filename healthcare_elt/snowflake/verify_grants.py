"""Who may do what: every grant that is planned and not there, and every one that is there and not planned.

A grant beside the plan is what lets PHI out, so it is looked for in every role that is made here, and in PUBLIC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.account import made_roles, made_warehouses, role_hierarchy
from healthcare_elt.snowflake.difference import Ask, Difference, Row
from healthcare_elt.snowflake.grants import EACH, TRANSFORMED_SCHEMAS, Grant, grants, warehouse_grants
from healthcare_elt.snowflake.names import SCHEMAS


def grant_differences(
    ask: Ask, snowflake: SnowflakeSettings, contracts: Sequence[Contract], landing_url: str | None
) -> Iterator[Difference]:
    systems = tuple(sorted({contract.system for contract in contracts}))
    planned = [
        *grants(snowflake, systems, landing_url),
        *warehouse_grants(snowflake),
        *_of_administrator(snowflake, landing_url),
        *(Grant("usage", "role", role, above) for role, above in role_hierarchy(snowflake)),
    ]
    made = made_roles(snowflake)
    for role in dict.fromkeys([*made, *(grant.role for grant in planned), "PUBLIC"]):
        found = [held(row, role) for row in ask(f"show grants to role {role}")]
        mine = [grant for grant in planned if grant.role == role and grant.kind not in EACH]
        yield from (_missing(grant) for grant in mine if grant not in found)
        strict = role in made or role == "PUBLIC"
        yield from (_extra(grant) for grant in found if strict and not _covered(grant, planned, snowflake))
    yield from _future(ask, snowflake, [grant for grant in planned if grant.kind in EACH])


def _of_administrator(snowflake: SnowflakeSettings, landing_url: str | None) -> list[Grant]:
    role = snowflake.admin_role
    account = [Grant(privilege, "account", "", role) for privilege in ("apply masking policy", "apply tag")]
    integration = [Grant("usage", "integration", snowflake.integration, role)] if landing_url else []
    warehouses = [
        Grant(privilege, "warehouse", name, role)
        for name in made_warehouses(snowflake)
        for privilege in ("usage", "operate", "monitor")
    ]
    return [*account, *integration, *warehouses, Grant("ownership", "database", snowflake.database, role)]


def held(row: Row, role: str) -> Grant:
    """A row of SHOW GRANTS TO ROLE as the plan writes it."""
    kind = str(row["granted_on"]).lower().replace("_", " ")
    return Grant(str(row["privilege"]).lower(), kind, "" if kind == "account" else str(row["name"]).upper(), role)


def _covered(grant: Grant, planned: list[Grant], snowflake: SnowflakeSettings) -> bool:
    """Whether a grant is planned, by itself or as one of all tables or views, or is an owner's on what it made."""
    if grant in planned or (grant.role == "PUBLIC" and not _in_database(grant.name, snowflake)):
        return True
    schema = grant.name.rsplit(".", 1)[0]
    each = {kind.lower(): plural for plural, kind in EACH.items()}.get(grant.kind)
    if each and Grant(grant.privilege, each, schema, grant.role) in planned:
        return True
    return grant.privilege == "ownership" and schema in _own_schemas(grant.role, snowflake)


def _own_schemas(role: str, snowflake: SnowflakeSettings) -> set[str]:
    """Where a role may own what it has made; the administrator owns the schemas too."""
    database = snowflake.database
    if role == snowflake.admin_role:
        return {database, *(f"{database}.{schema}" for schema in SCHEMAS)}
    own: tuple[str, ...] = ()
    if role == snowflake.loader_role:
        own += ("RAW", "BRONZE", "META")
    if role == snowflake.transformer_role:
        own += TRANSFORMED_SCHEMAS
    return {f"{database}.{schema}" for schema in own}


def _future(ask: Ask, snowflake: SnowflakeSettings, planned: list[Grant]) -> Iterator[Difference]:
    kinds = {kind: plural for plural, kind in EACH.items()}
    for schema in SCHEMAS:
        place = f"{snowflake.database}.{schema}"
        held = [
            Grant(
                str(row["privilege"]).lower(),
                kinds.get(str(row["grant_on"]).upper().replace("_", " "), str(row["grant_on"]).lower()),
                place,
                str(row["grantee_name"]).upper(),
            )
            for row in ask(f"show future grants in schema {place}")
        ]
        yield from (_missing(grant) for grant in planned if grant.name == place and grant not in held)
        yield from (_extra(grant) for grant in held if grant not in planned)


def _in_database(name: str, snowflake: SnowflakeSettings) -> bool:
    return name == snowflake.database or name.startswith(f"{snowflake.database}.")


def _missing(grant: Grant) -> Difference:
    return Difference(_words(grant), "missing", "granted")


def _extra(grant: Grant) -> Difference:
    return Difference(_words(grant), "granted", "not granted")


def _words(grant: Grant) -> str:
    where = f"all {grant.kind} in {grant.name}" if grant.kind in EACH else f"{grant.kind} {grant.name}".strip()
    return f"{grant.privilege} on {where} to {grant.role}"
