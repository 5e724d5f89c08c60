"""Comparing the account with the plan: what is missing, what is there beside it, what has another value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.classes import Classes
from healthcare_elt.snowflake.difference import Ask, Difference
from healthcare_elt.snowflake.group import Part
from healthcare_elt.snowflake.verify_account import account_differences
from healthcare_elt.snowflake.verify_database import database_differences
from healthcare_elt.snowflake.verify_grants import grant_differences
from healthcare_elt.snowflake.verify_models import model_differences
from healthcare_elt.snowflake.verify_raw import raw_differences
from healthcare_elt.snowflake.verify_tables import table_differences


def differences(
    ask: Ask,
    snowflake: SnowflakeSettings,
    contracts: Sequence[Contract],
    landing_url: str | None = None,
    part: Part | None = None,
    *,
    models: Mapping[str, Classes],
) -> Iterator[Difference]:
    """Everything in which the account differs from the plan of today.

    The account's part is read as ACCOUNTADMIN, because no other role sees all grants; the database's part as the
    administrator of the database, with the reading warehouse.

    Args:
        models: the PHI classes of what dbt builds (`classes.planned_classes`).

    Raises:
        SnowflakeError: Snowflake refuses a question.
    """
    if part in (None, "account"):
        ask("use role ACCOUNTADMIN")
        yield from account_differences(ask, snowflake, landing_url)
        yield from grant_differences(ask, snowflake, contracts, landing_url)
    if part in (None, "database"):
        ask(f"use role {snowflake.admin_role}")
        ask(f"use warehouse {snowflake.reading_warehouse}")
        yield from database_differences(ask, snowflake, contracts, landing_url)
        yield from table_differences(ask, snowflake, contracts)
        yield from raw_differences(ask, snowflake, contracts)
        yield from model_differences(ask, snowflake, models)
