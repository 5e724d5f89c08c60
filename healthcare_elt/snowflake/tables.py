"""Bronze, rejects and load log in Snowflake: the statements that create them and add what is missing.

The loader runs them, here and with every load: it owns these tables, because only an owner may add a column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.difference import Ask
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.names import (
    LOAD_LOCK,
    LOAD_LOG_TABLE,
    PHI_TAG,
    SOURCE_SYSTEM_TAG,
    Phi,
    bronze,
    bronze_rejects,
    identifier,
    text,
)
from healthcare_elt.snowflake.policies import ROW_CARRIER, row_policy
from healthcare_elt.warehouse.columns import BRONZE_OWN, LOAD_LOG, REJECTS

TYPES = {"bigint": "number(19, 0)", "timestamp": "timestamp_ntz"}
"""Words of `warehouse.columns` that mean something else in Snowflake."""
REJECTS_CARRIER = "_line_number"
RAW_LINE = "_raw"
UNDECLARED: Phi = "direct"
"""Of a column that a delivery has and no contract classes."""


def bronze_classes(contract: Contract) -> dict[str, Phi]:
    """The PHI class of every column of a bronze table, the platform's own included."""
    return {column.name: column.phi for column in contract.columns} | dict.fromkeys(BRONZE_OWN, "none")


def rejects_classes() -> dict[str, Phi]:
    return {name: "direct" if name == RAW_LINE else "none" for name in REJECTS}


def load_log_classes() -> dict[str, Phi]:
    return dict.fromkeys(LOAD_LOG, "none")


def create_tables(snowflake: SnowflakeSettings, contract: Contract) -> tuple[str, str]:
    """A source table's bronze table and its rejects; both hold back rows and columns from their first moment on."""
    types = dict.fromkeys(contract.column_names, "varchar") | BRONZE_OWN
    return (
        _guarded(snowflake, contract, bronze(contract), types, bronze_classes(contract), ROW_CARRIER),
        _guarded(snowflake, contract, bronze_rejects(contract), REJECTS, rejects_classes(), REJECTS_CARRIER),
    )


def create_load_log(snowflake: SnowflakeSettings) -> str:
    """Permanent, unlike bronze: it decides what is loaded."""
    columns = _columns(snowflake, LOAD_LOG, load_log_classes())
    return f"create table if not exists {snowflake.database}.{LOAD_LOG_TABLE} ({columns})"


def extend_load_log(snowflake: SnowflakeSettings, known: Collection[str]) -> list[str]:
    """The statements that add the columns which a load log of an earlier version lacks."""
    table = f"{snowflake.database}.{LOAD_LOG_TABLE}"
    return [
        f"alter table {table} add column if not exists {_column(snowflake, name, kind, load_log_classes()[name])}"
        for name, kind in LOAD_LOG.items()
        if name not in known
    ]


def create_load_lock(snowflake: SnowflakeSettings) -> list[str]:
    """One row, which every load updates first, so that loads of several machines come one after the other."""
    table = f"{snowflake.database}.{LOAD_LOCK}"
    return [
        f"create table if not exists {table} ({_column(snowflake, 'run_id', 'varchar', 'none')})",
        f"insert into {table} select null where not exists (select 1 from {table})",
    ]


def add_column(snowflake: SnowflakeSettings, contract: Contract, name: str) -> str:
    """Add a column of a header to bronze: under its contract's PHI class, or as `direct` if it has none yet."""
    column = _column(snowflake, name, "varchar", bronze_classes(contract).get(name, UNDECLARED))
    return f"alter table {snowflake.database}.{bronze(contract)} add column if not exists {column}"


def missing_columns(
    snowflake: SnowflakeSettings, contract: Contract, known: Collection[str], names: Iterable[str]
) -> list[str]:
    """The statements that add those of the names to bronze that are not among the known ones, in lower case."""
    return [add_column(snowflake, contract, name) for name in dict.fromkeys(names) if name.lower() not in known]


def classify(snowflake: SnowflakeSettings, contract: Contract) -> str:
    """Give every declared column of a bronze table its contract's PHI class of today."""
    tag = f"{snowflake.database}.{PHI_TAG}"
    classes = [f"column {identifier(column.name)} set tag {tag} = '{column.phi}'" for column in contract.columns]
    return f"alter table {snowflake.database}.{bronze(contract)} modify {', '.join(classes)}"


def contract_group(ask: Ask, snowflake: SnowflakeSettings, contracts: Sequence[Contract]) -> Group:
    """What a contract has gained or classed anew since its table was made; asked without a warehouse."""
    there: dict[str, set[str]] = {}
    for row in ask(f"show columns in schema {snowflake.database}.BRONZE"):
        there.setdefault(str(row["table_name"]).lower(), set()).add(str(row["column_name"]).lower())
    statements = []
    for contract in contracts:
        known = there.get(contract.relation, set())
        statements += missing_columns(snowflake, contract, known, contract.column_names)
        statements.append(classify(snowflake, contract))
    return Group("columns and classes of the contracts", "database", snowflake.loader_role, tuple(statements))


def table_groups(snowflake: SnowflakeSettings, contracts: Sequence[Contract]) -> list[Group]:
    tables = [create_load_log(snowflake), *create_load_lock(snowflake)]
    for contract in contracts:
        tables += create_tables(snowflake, contract)
    return [Group("bronze tables and the load log", "database", snowflake.loader_role, tuple(tables))]


def _guarded(
    snowflake: SnowflakeSettings,
    contract: Contract,
    table: str,
    types: Mapping[str, str],
    classes: Mapping[str, Phi],
    carrier: str,
) -> str:
    database = snowflake.database
    return (
        f"create transient table if not exists {database}.{table} ({_columns(snowflake, types, classes)}) "
        f"with row access policy {database}.{row_policy(contract.system)} on ({identifier(carrier)}) "
        f"with tag ({database}.{SOURCE_SYSTEM_TAG} = {text(contract.system)})"
    )


def _columns(snowflake: SnowflakeSettings, types: Mapping[str, str], classes: Mapping[str, Phi]) -> str:
    return ", ".join(_column(snowflake, name, kind, classes[name]) for name, kind in types.items())


def _column(snowflake: SnowflakeSettings, name: str, kind: str, phi: Phi) -> str:
    word, _, rest = kind.partition(" ")
    whole = " ".join([TYPES.get(word, word), *([rest] if rest else [])])
    return f"{identifier(name)} {whole} with tag ({snowflake.database}.{PHI_TAG} = '{phi}')"
