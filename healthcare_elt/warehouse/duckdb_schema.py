"""What exists in the DuckDB warehouse before the first load.

Here belongs creating bronze and the load log, and adding what is missing. Loading is in `duckdb_load`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import duckdb

from healthcare_elt.contracts import Contract
from healthcare_elt.warehouse.columns import BRONZE_OWN, LOAD_LOG, REJECTS
from healthcare_elt.warehouse.duckdb_sql import identifier

SCHEMAS = ("bronze", "meta")

Existing = dict[tuple[str, str], set[str]]
"""Columns by schema and table."""


def bronze(contract: Contract) -> str:
    return f"bronze.{identifier(contract.relation)}"


def bronze_rejects(contract: Contract) -> str:
    return f"bronze.{identifier(contract.relation + '__rejects')}"


def missing(connection: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> list[str]:
    """The statements that create what is not there yet."""
    schemas = {row[0] for row in connection.execute("select schema_name from duckdb_schemas()").fetchall()}
    statements = [f"create schema if not exists {name}" for name in SCHEMAS if name not in schemas]
    tables = _existing(connection)
    if ("meta", "load_log") not in tables:
        statements.append(_create("meta.load_log", LOAD_LOG))
    else:
        new = [name for name in LOAD_LOG if name not in tables["meta", "load_log"]]
        statements += [f"alter table meta.load_log add column {name} {LOAD_LOG[name]}" for name in new]
    for contract in contracts:
        statements += _missing_of(contract, tables)
    return statements


def missing_columns(connection: duckdb.DuckDBPyConnection, contract: Contract, names: Iterable[str]) -> list[str]:
    """The statements that add columns to a bronze table."""
    there = _existing(connection)["bronze", contract.relation]
    return [_add(contract, name) for name in dict.fromkeys(names) if name not in there]


def _missing_of(contract: Contract, tables: Existing) -> Iterator[str]:
    there = tables.get(("bronze", contract.relation))
    if there is None:
        yield _create(bronze(contract), dict.fromkeys(contract.column_names, "varchar") | BRONZE_OWN)
    else:
        yield from (_add(contract, name) for name in contract.column_names if name not in there)
    if ("bronze", f"{contract.relation}__rejects") not in tables:
        yield _create(bronze_rejects(contract), REJECTS)


def _existing(connection: duckdb.DuckDBPyConnection) -> Existing:
    tables: Existing = {}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal and database_name = current_database()"
    ).fetchall():
        tables.setdefault((schema, table), set()).add(column.lower())
    return tables


def _create(table: str, columns: dict[str, str]) -> str:
    return f"create table {table} ({', '.join(f'{identifier(name)} {kind}' for name, kind in columns.items())})"


def _add(contract: Contract, name: str) -> str:
    return f"alter table {bronze(contract)} add column {identifier(name)} varchar"
