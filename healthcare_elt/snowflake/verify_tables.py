"""Bronze tables and the platform's own: every column there, and under its PHI class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.classes import Classes
from healthcare_elt.snowflake.difference import Ask, Difference
from healthcare_elt.snowflake.names import ACCESS_TABLE
from healthcare_elt.snowflake.policies import row_policy
from healthcare_elt.snowflake.tables import bronze_classes, load_log_classes, rejects_classes
from healthcare_elt.snowflake.verify_tags import column_classes


def planned_tables(contracts: Sequence[Contract]) -> dict[str, Classes]:
    """The class of every column, by schema and table."""
    tables: dict[str, Classes] = {
        "META.LOAD_LOG": load_log_classes(),
        ACCESS_TABLE: {"source_system": "none", "role_name": "none"},
    }
    for contract in contracts:
        tables[f"BRONZE.{contract.relation.upper()}"] = bronze_classes(contract)
        tables[f"BRONZE.{contract.relation.upper()}__REJECTS"] = rejects_classes()
    return tables


def table_differences(ask: Ask, snowflake: SnowflakeSettings, contracts: Sequence[Contract]) -> Iterator[Difference]:
    """Columns beside the plan are no difference: deliveries bring them, and their schema classes them."""
    planned = planned_tables(contracts)
    there: dict[str, set[str]] = {}
    for row in ask(
        f"select table_schema, table_name, column_name from {snowflake.database}.information_schema.columns "
        "where table_schema in ('BRONZE', 'META')"
    ):
        there.setdefault(f"{row['table_schema']}.{row['table_name']}", set()).add(row["column_name"])
    yield from (Difference(f"table {table}", "missing", "there") for table in planned if table not in there)
    found = {table: classes for table, classes in planned.items() if table in there}
    for table, classes in found.items():
        yield from (
            Difference(f"column {table}.{name.upper()}", "missing", "there")
            for name in classes
            if name.upper() not in there[table]
        )
    yield from _classed(ask, snowflake, found, there)
    yield from _guarded(ask, snowflake, contracts, there)


def _classed(
    ask: Ask, snowflake: SnowflakeSettings, planned: Mapping[str, Classes], there: Mapping[str, set[str]]
) -> Iterator[Difference]:
    found = column_classes(ask, snowflake, list(planned))
    for table, classes in planned.items():
        for name, phi in classes.items():
            value = found[table].get(name.upper())
            if name.upper() in there[table] and value != phi:
                yield Difference(f"column {table}.{name.upper()}: PHI", value or "no tag", phi)


def _guarded(
    ask: Ask, snowflake: SnowflakeSettings, contracts: Sequence[Contract], there: Mapping[str, set[str]]
) -> Iterator[Difference]:
    """Each bronze table under the row access policy of its source system."""
    database = snowflake.database
    for system in sorted({contract.system for contract in contracts}):
        rows = ask(
            f"select ref_entity_name from table({database}.information_schema.policy_references("
            f"policy_name => '{database}.{row_policy(system)}'))"
        )
        guarded = {str(row["ref_entity_name"]).upper() for row in rows}
        relations = [contract.relation.upper() for contract in contracts if contract.system == system]
        for table in [name for relation in relations for name in (relation, f"{relation}__REJECTS")]:
            if f"BRONZE.{table}" in there and table not in guarded:
                yield Difference(f"table BRONZE.{table}: row access policy", "none", row_policy(system))
