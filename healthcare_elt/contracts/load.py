"""All contracts of the project, read and checked together.

Here belongs the walk from files to contracts and what tables must agree on among themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from healthcare_elt.contracts.column import Column
from healthcare_elt.contracts.contract import Contract
from healthcare_elt.contracts.errors import ContractError, place, sentence
from healthcare_elt.contracts.source_yaml import content_of, entries, mapping, read_sources
from healthcare_elt.contracts.system import SourceSystem, source_systems

BRONZE = "bronze"
OWN_SOURCE = "meta"
"""The platform's own bookkeeping: a source to dbt, but nobody delivers it."""

COLUMN_RULES = [name for name in Column.model_fields if name not in ("name", "description", "data_type")]
TABLE_RULES = [
    "files",
    "delivers",
    "key",
    "effective_at",
    "on_new_column",
    "allow_empty",
    "delete_despite_rejects",
    "op_column",
    "dialect",
    "drift",
    "expectations",
]


@dataclass(frozen=True)
class Sources:
    """All that the source YAML promises."""

    contracts: tuple[Contract, ...]
    """In order of system and table."""
    systems: tuple[SourceSystem, ...]
    """In order of their names."""


def load_contracts(sources_dir: Path) -> tuple[Contract, ...]:
    """Every source table's contract; see `load_sources`."""
    return load_sources(sources_dir).contracts


def load_sources(sources_dir: Path) -> Sources:
    """Every source table and every source system.

    Raises:
        ContractError: one of them is wrong, or there is none.
    """
    files = sorted([*sources_dir.glob("*.yml"), *sources_dir.glob("*.yaml")])
    return _sources(sources_dir, tuple((file, content_of(file)) for file in files))


@lru_cache(maxsize=1)
def _sources(sources_dir: Path, texts: tuple[tuple[Path, str], ...]) -> Sources:
    """A run asks for them at every step, and reading YAML takes its time."""
    stated = [
        (file, source) for file, text in texts for source in read_sources(file, text) if source["name"] != OWN_SOURCE
    ]
    contracts = [contract for file, source in stated for contract in _contracts_of(file, source)]
    if not contracts:
        raise ContractError(f"{sources_dir} holds no source table; declare one there as in icon_health.yml.")
    _check_together(contracts)
    tables: dict[str, list[str]] = {}
    for contract in contracts:
        tables.setdefault(contract.system, []).append(contract.table)
    return Sources(
        tuple(sorted(contracts, key=lambda contract: (contract.system, contract.table))),
        tuple(source_systems(stated, tables)),
    )


def _contracts_of(file: Path, source: dict[str, Any]) -> list[Contract]:
    where = f"{file.name}, source {source['name']}"
    if source.get("schema") != BRONZE:
        raise ContractError(f"{where}: schema must be {BRONZE}; write schema: {BRONZE}.")
    return [_contract(file, str(source["name"]), table) for table in entries(source.get("tables"), f"{where}: tables")]


def _contract(file: Path, system: str, table: dict[str, Any]) -> Contract:
    where = place(file.name, str(table["name"]))
    rules = mapping(_meta(table, where).get("contract"), f"{where}: config.meta.contract")
    if not rules:
        raise ContractError(f"{where}: config.meta.contract is missing; write it with {', '.join(TABLE_RULES)}.")
    _only(rules, TABLE_RULES, where)
    columns = entries(table.get("columns"), f"{where}: columns")
    given = {
        "system": system,
        "table": str(table["name"]),
        "columns": tuple(_column(file, str(table["name"]), column) for column in columns),
        "source_file": file,
    }
    if "description" in table:
        given["description"] = table["description"]
    try:
        contract = Contract(**given, **rules)
    except ValidationError as error:
        raise ContractError(f"{where}: {sentence(error, Contract, TABLE_RULES)}.") from None
    if table.get("identifier") != contract.relation:
        raise ContractError(f"{where}: identifier must be {contract.relation}; write identifier: {contract.relation}.")
    return contract


def _column(file: Path, table: str, column: dict[str, Any]) -> Column:
    where = place(file.name, table, str(column["name"]))
    rules = _meta(column, where)
    _only(rules, COLUMN_RULES, where)
    given = {key: column[key] for key in ("description", "data_type") if key in column}
    try:
        return Column(name=str(column["name"]), **given, **rules)
    except ValidationError as error:
        raise ContractError(f"{where}: {sentence(error, Column, COLUMN_RULES)}.") from None


def _meta(entry: dict[str, Any], where: str) -> dict[str, Any]:
    return mapping(mapping(entry.get("config"), f"{where}: config").get("meta"), f"{where}: config.meta")


def _only(rules: dict[str, Any], allowed: list[str], where: str) -> None:
    for rule in rules:
        if rule not in allowed:
            raise ContractError(f"{where}: {rule} is not a rule; it may be one of {', '.join(allowed)}.")


def _check_together(contracts: list[Contract]) -> None:
    tables: dict[str, Contract] = {}
    patterns: dict[tuple[str, str], Contract] = {}
    for contract in contracts:
        where = place(contract.source_file.name, contract.table)
        if contract.name in tables:
            other = tables[contract.name].source_file.name
            raise ContractError(f"{where}: {contract.name} is declared before, in {other}; remove or rename one.")
        tables[contract.name] = contract
        for pattern in contract.files:
            taken = patterns.setdefault((contract.system, pattern.lower()), contract)
            if taken is not contract:
                raise ContractError(f"{where}: files {pattern!r} is also the pattern of {taken.table}; change one.")
