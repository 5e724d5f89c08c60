"""What exists in the DuckDB warehouse before the first load.

Here belongs creating bronze and the load log, and adding what is missing. Loading is in `duckdb_load`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.warehouse.columns import BRONZE_OWN, LOAD_LOG, REJECTS, Columns
from healthcare_elt.warehouse.duckdb_sql import identifier


def bronze(contract: Contract) -> str:
    return f"bronze.{identifier(contract.relation)}"


def bronze_rejects(contract: Contract) -> str:
    return f"bronze.{identifier(contract.relation + '__rejects')}"


def missing(there: Columns, contracts: Sequence[Contract]) -> Iterator[str]:
    """The statements that create what is not there yet."""
    if "meta.load_log" in there:
        new = [name for name in LOAD_LOG if name not in there["meta.load_log"]]
        yield from (f"alter table meta.load_log add column {name} {LOAD_LOG[name]}" for name in new)
    else:
        yield from (f"create schema if not exists {name}" for name in ("bronze", "meta"))
        yield _create("meta.load_log", LOAD_LOG)
    for contract in contracts:
        known = there.get(f"bronze.{contract.relation}")
        if known is None:
            yield _create(bronze(contract), dict.fromkeys(contract.column_names, "varchar") | BRONZE_OWN)
        else:
            yield from missing_columns(contract, known, contract.column_names)
        if f"bronze.{contract.relation}__rejects" not in there:
            yield _create(bronze_rejects(contract), REJECTS)


def missing_columns(contract: Contract, known: Collection[str], names: Iterable[str]) -> list[str]:
    """The statements that add those of the names to bronze that are not among the known ones, in lower case."""
    return [
        f"alter table {bronze(contract)} add column {identifier(name)} varchar"
        for name in dict.fromkeys(names)
        if name.lower() not in known
    ]


def _create(table: str, columns: dict[str, str]) -> str:
    return f"create table {table} ({', '.join(f'{identifier(name)} {kind}' for name, kind in columns.items())})"
