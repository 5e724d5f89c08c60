"""PHI classes of the columns that dbt makes: by the contract in silver and quarantine, by the model's YAML elsewhere.

Here belongs what `verify` expects. dbt's macros (macros/privacy/classes.sql) set it, by the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from healthcare_elt.contracts import Contract
from healthcare_elt.contracts.contract import DELIVERY_DATE
from healthcare_elt.snowflake.names import PHI_SCHEMAS, Phi

Classes = Mapping[str, Phi]
"""The PHI class of columns, by name in lower case."""
ROW_OWN = ("_delivery_id", "_row_number", "_delivery_date", "_arrival")
"""Where a row comes from, in whatever table it is."""
SILVER_OWN = ("_class", "_reasons", "_is_deleted", "_is_current", "kind", "reasons")
MOMENTS = ("_effective_at", "_first_effective_at")


def planned_classes(contracts: Sequence[Contract], project: Path) -> dict[str, Classes]:
    """The classes of columns by schema and relation in upper case; a relation that is not named has none of its own.

    Args:
        project: the dbt project's folder.
    """
    planned: dict[str, Classes] = {}
    for contract in contracts:
        classes = _of_contract(contract)
        for place in ("SILVER.{}", "SILVER.{}_ROWS", "SILVER.{}_CURRENT", "QUARANTINE.{}"):
            planned[place.format(contract.relation.upper())] = classes
    for schema, folder in {"GOLD": "models/gold", "FEATURES": "models/features", "CURATED": "models/curated"}.items():
        planned |= _declared(schema, project / folder)
    return planned | _declared("GOLD", project / "snapshots")


def floor(schema: str) -> Phi:
    """The class of a column that nobody has classed: its schema's."""
    return "direct" if schema in PHI_SCHEMAS else "none"


def _of_contract(contract: Contract) -> Classes:
    delivered: dict[str, Phi] = {column.name: column.phi for column in contract.columns}
    moment: Phi = "none" if contract.effective_at == DELIVERY_DATE else delivered[contract.effective_at]
    return dict.fromkeys((*ROW_OWN, *SILVER_OWN), "none") | dict.fromkeys(MOMENTS, moment) | delivered


def _declared(schema: str, folder: Path) -> dict[str, Classes]:
    planned: dict[str, Classes] = {}
    for file in sorted(folder.rglob("*.yml")):
        document = yaml.safe_load(file.read_text("utf-8")) or {}
        for model in [*document.get("models", []), *document.get("snapshots", [])]:
            columns = {column["name"]: _phi(column) for column in model.get("columns", [])}
            own = {name: phi for name, phi in columns.items() if phi}
            planned[f"{schema}.{model['name'].upper()}"] = dict.fromkeys(ROW_OWN, "none") | own
    return planned


def _phi(column: Mapping[str, Any]) -> Phi | None:
    return column.get("config", {}).get("meta", {}).get("phi")
