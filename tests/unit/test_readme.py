"""What the README says of files and tables is what the contracts say."""

from __future__ import annotations

import re

from healthcare_elt.contracts import load_contracts
from healthcare_elt.settings import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "dbt_project" / "models" / "sources"
README = (PROJECT_ROOT / "README.md").read_text()


def test_the_columns_of_own_files_are_those_of_the_contracts_and_what_may_be_left_out_is_in_brackets() -> None:
    section = README.partition("## Your own files")[2].partition("```\n")[2].partition("```")[0]
    listed = {name: columns.split(", ") for name, columns in re.findall(r"^(\w+)\.csv +(.+)$", section, re.M)}
    assert listed == {
        contract.table: [name if name in contract.required_columns else f"[{name}]" for name in contract.column_names]
        for contract in load_contracts(SOURCES)
        if contract.system == "icon_health"
    }


def test_expectations_that_the_readme_calls_made_for_the_sample_are_in_the_contracts() -> None:
    named = set(re.findall(r"`(expect_\w+)`", README.partition("## Your own files")[2].partition("\n## ")[0]))
    (contract,) = (each for each in load_contracts(SOURCES) if each.name == "icon_health.encounters_details")
    assert named and named <= {expectation.name for expectation in contract.expectations}
