"""The silver and quarantine models of a source table, written from its contract.

Every source table has the same four models, whose logic is in macros; dbt wants each as a file of its own. Here belongs
their text. A new source system is a contract and one `healthcare-elt contract write-models`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from healthcare_elt.contracts import Contract
from healthcare_elt.transform.project import ProjectError


def source_model_files(contract: Contract) -> dict[str, str]:
    """The text of each file by its path below the dbt project's models folder."""
    system, table, relation = contract.system, contract.table, contract.relation
    key = ", ".join(contract.key)
    names = f"'{system}', '{table}'"
    silver, quarantine = f"silver/{system}/{relation}", f"quarantine/{system}/quarantine__{relation}"
    return {
        f"{silver}_rows.sql": f"{{{{ config(materialized='classified_rows') }}}}\n\n{{{{ typed_rows({names}) }}}}\n",
        f"{silver}_rows.yml": _yaml(
            f"{relation}_rows",
            f"Every bronze row of {contract.name}, typed, in exactly one class of promise P1. Grain: one row per "
            "bronze row, and one per tombstone. Each class can be listed by `_class`.",
            f"every_row_in_one_class:\n          arguments: {{source_table: \"source({names})\"}}",
        ),
        f"{silver}.sql": f"{{{{ versions_of({names}) }}}}\n",
        f"{silver}.yml": _yaml(
            relation,
            f"All valid versions of {contract.name}; exact repeats removed, a deletion is a version. "
            f"Grain: {key} and `_effective_at`.",
            f"unique_key:\n          arguments: {{columns: [{key}, _effective_at]}}",
        ),
        f"{silver}_current.sql": f"{{{{ current_of({names}) }}}}\n",
        f"{silver}_current.yml": _yaml(
            f"{relation}_current",
            f"The last version of each live key of {contract.name}. Grain: {key}.",
            f"unique_key:\n          arguments: {{columns: [{key}]}}",
        ),
        f"{quarantine}.sql": f"{{{{ config(alias='{relation}') }}}}\n\n{{{{ quarantined_of({names}) }}}}\n",
        f"{quarantine}.yml": _yaml(
            f"quarantine__{relation}",
            f"Rows of {contract.name} that broke a rule, as they were delivered, with every reason, and single bad "
            "elements of lists. Grain: one row per bronze row or element. PHI: the same as bronze.",
        ),
    }  # fmt: skip


def _yaml(name: str, description: str, data_test: str = "") -> str:
    tests = f"    data_tests:\n      - {data_test}\n" if data_test else ""
    return f"version: 2\n\nmodels:\n  - name: {name}\n    description: >\n      {description}\n{tests}"


def missing_source_models(contracts: Sequence[Contract], models: Path) -> Iterator[tuple[Path, str]]:
    """The files that are not there yet, with their text."""
    for contract in contracts:
        for name, text in source_model_files(contract).items():
            if not (models / name).exists():
                yield models / name, text


def require_source_models(contracts: Sequence[Contract], models: Path) -> None:
    """
    Raises:
        ProjectError: a source table lacks one.
    """
    for path, _ in missing_source_models(contracts, models):
        raise ProjectError(f"{path.name} is missing; run `healthcare-elt contract write-models`.")


def write_source_models(contracts: Sequence[Contract], models: Path) -> list[Path]:
    """Write what is missing, and leave what is there as it is; which files were written."""
    missing = list(missing_source_models(contracts, models))
    for path, text in missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [path for path, _ in missing]


def unlisted(contracts: Sequence[Contract], dbt_project: Path) -> list[str]:
    """Source tables that the variable `source_tables` leaves out: models that speak of all would miss them."""
    listed = yaml.safe_load((dbt_project / "dbt_project.yml").read_text())["vars"]["source_tables"]
    return [contract.name for contract in contracts if [contract.system, contract.table] not in listed]
