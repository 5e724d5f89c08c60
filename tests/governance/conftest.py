"""A small account to plan for: the project's contracts, and settings that name everything that is optional."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from account_model import AccountModel

from healthcare_elt.contracts import Contract, load_contracts
from healthcare_elt.settings import PROJECT_ROOT
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.classes import Classes, planned_classes
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.plan import plan

ROLE_ARN = "arn:aws:iam::123456789012:role/healthcare-elt-snowflake"


@pytest.fixture(scope="session")
def contracts() -> tuple[Contract, ...]:
    return load_contracts(PROJECT_ROOT / "dbt_project" / "models" / "sources")


@pytest.fixture(scope="session")
def models(contracts: tuple[Contract, ...]) -> dict[str, Classes]:
    """The PHI classes of what dbt builds."""
    return planned_classes(contracts, PROJECT_ROOT / "dbt_project")


@pytest.fixture
def snowflake_settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., SnowflakeSettings]:
    """`snowflake_settings(**fields)`: nothing of the machine's own environment is in them."""
    for name in SnowflakeSettings.model_fields:
        monkeypatch.delenv(f"SNOWFLAKE_{name.upper()}", raising=False)

    def make(**fields: object) -> SnowflakeSettings:
        given = {"account": "myorg-myaccount", "user": "DEPLOYER", "storage_role_arn": ROLE_ARN} | fields
        return SnowflakeSettings(_env_file=None, **given)

    return make


@pytest.fixture
def landing_url() -> str:
    return "s3://landing-bucket/healthcare"


@pytest.fixture
def snowflake(snowflake_settings: Callable[..., SnowflakeSettings]) -> SnowflakeSettings:
    """With everything that is optional."""
    return snowflake_settings(allowed_networks="203.0.113.0/24, 198.51.100.7", raw_tables="csv, json")


@pytest.fixture
def full_plan(snowflake: SnowflakeSettings, contracts: tuple[Contract, ...], landing_url: str) -> tuple[Group, ...]:
    return plan(snowflake, contracts, landing_url)


@pytest.fixture
def account(full_plan: tuple[Group, ...]) -> AccountModel:
    """An empty account after the whole plan."""
    model = AccountModel()
    for group in full_plan:
        for statement in (f"use role {group.role}", *group.statements):
            model.run(statement)
    return model
