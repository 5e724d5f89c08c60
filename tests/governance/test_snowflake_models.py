"""PHI classes of what dbt builds: what they are by contract and YAML, and that `verify` finds any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from account_answers import answer
from account_model import AccountModel

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.classes import Classes, planned_classes
from healthcare_elt.snowflake.difference import Difference
from healthcare_elt.snowflake.verify_models import model_differences

Contracts = tuple[Contract, ...]
Found = Callable[[], list[Difference]]
SILVER = "HEALTHCARE_ELT.SILVER.ICON_HEALTH__PATIENTS"
DIM = "HEALTHCARE_ELT.GOLD.DIM_PATIENT"
CURATED = "HEALTHCARE_ELT.CURATED.PROVIDER_PERFORMANCE"


@pytest.fixture
def built(account: AccountModel) -> AccountModel:
    """With three of the tables that dbt makes, under the tags that it gives them."""
    account.columns[SILVER] = {"PATIENT_ID": "direct", "GENDER": "quasi", "BIRTH_DATE": "direct", "_IS_CURRENT": "none"}
    account.columns[DIM] = {"PATIENT_KEY": "", "PATIENT_ID": "direct", "ZIP": "quasi", "IS_CURRENT": "none"}
    account.columns[CURATED] = {"NPI": "", "GENDER": ""}
    return account


@pytest.fixture
def found(built: AccountModel, snowflake: SnowflakeSettings, models: dict[str, Classes]) -> Found:
    return lambda: list(model_differences(lambda sql: answer(built, sql), snowflake, models))


def test_what_has_its_own_class_or_its_schema_s_is_no_difference(found: Found) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        (SILVER, "GENDER", "", ("direct", "quasi")),
        (SILVER, "BIRTH_DATE", "none", ("none", "direct")),
        (SILVER, "BROUGHT", "none", ("none", "direct")),
        (DIM, "PATIENT_KEY", "none", ("none", "direct")),
        (CURATED, "NPI", "quasi", ("quasi", "none")),
        ("HEALTHCARE_ELT.FEATURES.SOMEBODYS", "NAME", "none", ("none", "direct")),
    ],
)
def test_a_column_under_another_class_is_found(
    built: AccountModel, found: Found, table: str, column: str, value: str, expected: tuple[str, str]
) -> None:
    built.columns.setdefault(table, {})[column] = value
    name = f"{table.removeprefix('HEALTHCARE_ELT.')}.{column}"
    assert found() == [Difference(f"column {name}: PHI", *expected)]


def test_a_policy_beside_those_of_the_tag_is_found(built: AccountModel, found: Found) -> None:
    built.own_policies[DIM] = ["SHOW_ALL"]
    assert found() == [Difference("table GOLD.DIM_PATIENT: policy SHOW_ALL", "there", "not planned")]


def test_every_column_that_a_model_declares_has_a_class_that_the_tag_may_have(models: dict[str, Classes]) -> None:
    assert {phi for classes in models.values() for phi in classes.values()} == {"direct", "quasi", "none"}


def test_nothing_in_curated_is_declared_to_be_phi(models: dict[str, Classes]) -> None:
    """Its schema's class is `none`: a table made anew would be open until its columns are classed."""
    curated = {name: classes for name, classes in models.items() if name.startswith("CURATED.")}
    assert len(curated) == 7
    assert {phi for classes in curated.values() for phi in classes.values()} == {"none"}


def test_a_column_of_gold_that_every_contract_calls_phi_is_declared_so_too(
    contracts: Contracts, models: dict[str, Classes]
) -> None:
    given: dict[str, set[str]] = {}
    for contract in contracts:
        for column in contract.columns:
            given.setdefault(column.name, set()).add(column.phi)
    always = {name for name, classes in given.items() if "none" not in classes}
    assert {"patient_id", "birth_date"} <= always
    open_ones = [
        f"{table}.{name}"
        for table, classes in models.items()
        if table.startswith(("GOLD.", "FEATURES."))
        for name, phi in classes.items()
        if name in always and phi == "none"
    ]
    assert open_ones == []


def test_when_a_row_takes_effect_is_of_the_class_of_the_column_that_says_so(contracts: Contracts, tmp_path) -> None:
    (contract,) = [each for each in contracts if each.name == "icon_health.patients"]
    by_column = contract.model_copy(update={"effective_at": "birth_date"})
    name = "SILVER.ICON_HEALTH__PATIENTS_ROWS"
    assert planned_classes([contract], tmp_path)[name]["_effective_at"] == "none"
    assert planned_classes([by_column], tmp_path)[name]["_effective_at"] == "direct"
