"""A new source table is a contract and one command: its models are written from the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthcare_elt.contracts import load_contracts
from healthcare_elt.settings import PROJECT_ROOT
from healthcare_elt.transform.source_models import (
    missing_source_models,
    source_model_files,
    unlisted,
    write_source_models,
)

DBT = PROJECT_ROOT / "dbt_project"
CONTRACTS = load_contracts(DBT / "models" / "sources")


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_models_of_a_source_table_are_what_its_contract_says(contract) -> None:
    for name, text in source_model_files(contract).items():
        assert (DBT / "models" / name).read_text() == text, name


def test_every_source_table_is_listed_for_the_models_that_speak_of_all() -> None:
    assert unlisted(CONTRACTS, DBT) == []


def test_a_source_table_that_is_not_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("vars: {source_tables: [[icon_health, patients]]}\n")
    assert "icon_health.patients" not in unlisted(CONTRACTS, tmp_path)
    assert "synthea.patients" in unlisted(CONTRACTS, tmp_path)


def test_missing_models_are_written_once_and_others_are_left_as_they_are(tmp_path: Path) -> None:
    mine = tmp_path / "silver" / "synthea" / "synthea__patients.sql"
    mine.parent.mkdir(parents=True)
    mine.write_text("select 1\n")
    written = write_source_models(CONTRACTS, tmp_path)
    assert len(written) == 8 * len(CONTRACTS) - 1
    assert mine.read_text() == "select 1\n"
    assert list(missing_source_models(CONTRACTS, tmp_path)) == []
    assert write_source_models(CONTRACTS, tmp_path) == []
