"""What exists in Snowflake before the first load.

Here belongs the shape of bronze and the load log, and adding what is missing. The same columns as on every engine:
`columns` names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.warehouse.columns import BRONZE_OWN, LOAD_LOG, REJECTS
from healthcare_elt.warehouse.snowflake_sql import UPLOADS, bronze, bronze_rejects, identifier

_TYPES = {"bigint": "number(19)", "timestamp": "timestamp_ntz(6)"}
LOAD_LOCK = "META.LOAD_LOCK"
"""One row, which a load updates first: a second one, of whatever machine, waits until it has committed."""

Columns = dict[str, set[str]]
"""Column names by table, as `Warehouse.columns` gives them."""


def missing(there: Columns, contracts: Sequence[Contract]) -> list[str]:
    """The statements that create what is not there yet."""
    statements = []
    if "meta.load_log" not in there:
        statements += ["create schema if not exists BRONZE", "create schema if not exists META"]
        statements.append(_create("META.LOAD_LOG", LOAD_LOG, "table"))
        statements.append(f"create stage if not exists {UPLOADS}")
    else:
        new = [name for name in LOAD_LOG if name not in there["meta.load_log"]]
        statements += [
            f"alter table META.LOAD_LOG add column {identifier(name)} {_type(LOAD_LOG[name])}" for name in new
        ]
    if "meta.load_lock" not in there:
        statements.append(f"create table if not exists {LOAD_LOCK} (run_id varchar)")
        statements.append(f"insert into {LOAD_LOCK} select null where not exists (select 1 from {LOAD_LOCK})")
    for contract in contracts:
        statements += _missing_of(contract, there)
    return statements


def missing_columns(there: Columns, contract: Contract, names: Iterable[str]) -> list[str]:
    """The statements that add columns to a bronze table."""
    known = there.get(f"bronze.{contract.relation}", set())
    return [_add(contract, name) for name in dict.fromkeys(names) if name not in known]


def _missing_of(contract: Contract, there: Columns) -> Iterator[str]:
    if f"bronze.{contract.relation}" not in there:
        columns = dict.fromkeys(contract.column_names, "varchar") | BRONZE_OWN
        yield _create(bronze(contract), columns, "transient table")
    else:
        yield from missing_columns(there, contract, contract.column_names)
    if f"bronze.{contract.relation}__rejects" not in there:
        yield _create(bronze_rejects(contract), REJECTS, "transient table")


def _create(table: str, columns: dict[str, str], kind: str) -> str:
    described = ", ".join(f"{identifier(name)} {_type(type_name)}" for name, type_name in columns.items())
    return f"create {kind} if not exists {table} ({described})"


def _type(duckdb_type: str) -> str:
    name, _, rest = duckdb_type.partition(" ")
    return f"{_TYPES.get(name, name)} {rest}".strip()


def _add(contract: Contract, name: str) -> str:
    return f"alter table {bronze(contract)} add column {identifier(name)} varchar"
