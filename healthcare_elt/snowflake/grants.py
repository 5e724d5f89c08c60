"""Who may do what inside the database: one list, from which statements are made and with which accounts are compared.

The analyst has nothing on any schema that may hold PHI, and nobody is given anything through PUBLIC.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.account import made_warehouses
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.names import OPEN_SCHEMAS, PHI_SCHEMAS, PHI_TAG, SCHEMAS
from healthcare_elt.snowflake.policies import applied_tags, raw_policy, row_policy
from healthcare_elt.snowflake.stages import FILE_FORMATS

TRANSFORMED_SCHEMAS = tuple(schema for schema in SCHEMAS if schema not in ("RAW", "BRONZE"))
"""Where dbt builds; META holds its bookkeeping."""
PHI_READER_SCHEMAS = tuple(schema for schema in PHI_SCHEMAS if schema not in ("RAW", "BRONZE", "META"))
EACH = {"tables": "TABLE", "views": "VIEW", "external tables": "EXTERNAL TABLE"}
"""All of a schema, there and to come; and what Snowflake calls one of them."""


@dataclass(frozen=True)
class Grant:
    """A privilege on one object, or on each of a kind in a schema."""

    privilege: str
    kind: str
    """database, schema, warehouse, stage, file format, tag, row access policy; or one of `EACH`."""
    name: str
    role: str

    @property
    def statements(self) -> tuple[str, ...]:
        if self.kind in EACH:
            return tuple(
                f"grant {self.privilege} on {which} {self.kind} in schema {self.name} to role {self.role}"
                for which in ("all", "future")
            )
        return (f"grant {self.privilege} on {self.kind} {self.name} to role {self.role}",)


def grants(snowflake: SnowflakeSettings, systems: tuple[str, ...], landing_url: str | None) -> list[Grant]:
    """Everything that a role other than the administrator is granted."""
    return [
        *_loader(snowflake, systems, landing_url),
        *_transformer(snowflake),
        *_reader(snowflake, snowflake.analyst_role, OPEN_SCHEMAS),
        *_reader(snowflake, snowflake.phi_reader_role, PHI_READER_SCHEMAS),
        *(_raw(snowflake, systems) if snowflake.raw_formats else ()),
    ]


def warehouse_grants(snowflake: SnowflakeSettings) -> list[Grant]:
    """On warehouses that are made here; who may use another one is its owner's business."""
    users = {
        snowflake.loading_warehouse: (snowflake.loader_role,),
        snowflake.transforming_warehouse: (snowflake.transformer_role,),
        snowflake.reading_warehouse: (snowflake.analyst_role, snowflake.phi_reader_role),
    }
    return [
        Grant("usage", "warehouse", name, role) for name in made_warehouses(snowflake) for role in users.get(name, ())
    ]


def grant_groups(snowflake: SnowflakeSettings, systems: tuple[str, ...], landing_url: str | None) -> list[Group]:
    """Before any table: what is granted on future tables holds from their first moment on."""
    listed = grants(snowflake, systems, landing_url)
    roles = dict.fromkeys(grant.role for grant in listed)
    return [
        Group(
            f"what {role} may do",
            "database",
            snowflake.admin_role,
            tuple(dict.fromkeys(line for grant in listed if grant.role == role for line in grant.statements)),
        )
        for role in roles
    ]


def warehouse_grant_group(snowflake: SnowflakeSettings) -> Group:
    lines = tuple(line for grant in warehouse_grants(snowflake) for line in grant.statements)
    return Group("who uses which warehouse", "account", "SYSADMIN", lines)


def _loader(snowflake: SnowflakeSettings, systems: tuple[str, ...], landing_url: str | None) -> list[Grant]:
    database, role = snowflake.database, snowflake.loader_role
    granted = [Grant("usage", "database", database, role)]
    for schema in ("BRONZE", "META"):
        granted.append(Grant("usage", "schema", f"{database}.{schema}", role))
        granted.append(Grant("create table", "schema", f"{database}.{schema}", role))
    granted += [Grant("usage", "file format", f"{database}.{name}", role) for name in FILE_FORMATS]
    granted += [Grant(privilege, "stage", snowflake.uploads, role) for privilege in ("read", "write")]
    granted += [Grant("usage", "stage", snowflake.stage, role)] if landing_url else []
    granted += [Grant("apply", "tag", tag, role) for tag in applied_tags(database)]
    return granted + [Grant("apply", "row access policy", f"{database}.{row_policy(name)}", role) for name in systems]


def _transformer(snowflake: SnowflakeSettings) -> list[Grant]:
    """It owns what dbt builds, and reads what the loader has loaded."""
    database, role = snowflake.database, snowflake.transformer_role
    granted = [Grant("usage", "database", database, role)]
    granted += [Grant("usage", "schema", f"{database}.{schema}", role) for schema in SCHEMAS if schema != "RAW"]
    for schema in TRANSFORMED_SCHEMAS:
        granted.append(Grant("create table", "schema", f"{database}.{schema}", role))
        granted.append(Grant("create view", "schema", f"{database}.{schema}", role))
    granted.append(Grant("apply", "tag", f"{database}.{PHI_TAG}", role))
    return granted + [Grant("select", "tables", f"{database}.{schema}", role) for schema in ("BRONZE", "META")]


def _raw(snowflake: SnowflakeSettings, systems: tuple[str, ...]) -> list[Grant]:
    """The loader makes the external tables; only who may read PHI reads them."""
    place, loader, reader = f"{snowflake.database}.RAW", snowflake.loader_role, snowflake.phi_reader_role
    return [
        Grant("usage", "schema", place, loader),
        Grant("create external table", "schema", place, loader),
        *(Grant("apply", "row access policy", f"{snowflake.database}.{raw_policy(name)}", loader) for name in systems),
        Grant("usage", "schema", place, reader),
        Grant("select", "external tables", place, reader),
    ]


def _reader(snowflake: SnowflakeSettings, role: str, schemas: tuple[str, ...]) -> list[Grant]:
    database = snowflake.database
    granted = [Grant("usage", "database", database, role)]
    for schema in schemas:
        granted.append(Grant("usage", "schema", f"{database}.{schema}", role))
        granted += [Grant("select", kind, f"{database}.{schema}", role) for kind in ("tables", "views")]
    return granted
