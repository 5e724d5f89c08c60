"""`verify` finds whatever is missing, extra or different in an account, and nothing in one that is as planned."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from account_answers import answer
from account_model import AccountModel

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.classes import Classes
from healthcare_elt.snowflake.difference import Difference
from healthcare_elt.snowflake.tables import contract_group
from healthcare_elt.snowflake.verify import differences

DATABASE = "HEALTHCARE_ELT"
Found = Callable[[], list[Difference]]


@pytest.fixture
def found(
    account: AccountModel,
    snowflake: SnowflakeSettings,
    contracts: tuple[Contract, ...],
    landing_url: str,
    models: dict[str, Classes],
) -> Found:
    """`found()`: in what the account differs now."""
    return lambda: list(differences(lambda sql: answer(account, sql), snowflake, contracts, landing_url, models=models))


def test_an_account_as_planned_differs_in_nothing(found: Found) -> None:
    assert found() == []


def test_every_grant_that_is_taken_away_is_found_by_its_name(account: AccountModel, found: Found) -> None:
    planned = [grant for grant in account.grants if not grant[1].startswith("all ")]
    assert len(planned) > 60
    for grant in planned:
        account.grants.remove(grant)
        (difference,) = found()
        assert difference.found == "missing"
        assert difference.what.startswith(f"{grant[0]} on ")
        assert grant[2] in difference.what
        assert difference.what.endswith(grant[3])
        account.grants.append(grant)


def test_every_role_that_is_no_longer_inherited_is_found(account: AccountModel, found: Found) -> None:
    for role in [name for name in account.inherited_by if name.startswith(DATABASE)]:
        for above in sorted(account.inherited_by[role]):
            account.inherited_by[role].remove(above)
            assert [difference.what for difference in found()] == [f"usage on role {role} to {above}"]
            account.inherited_by[role].add(above)


@pytest.mark.parametrize(
    "beside",
    [
        f"grant select on future tables in schema {DATABASE}.GOLD to role {DATABASE}_ANALYST",
        f"grant usage on schema {DATABASE}.BRONZE to role {DATABASE}_ANALYST",
        f"grant select on table {DATABASE}.BRONZE.SYNTHEA__PATIENTS to role {DATABASE}_PHI_READER",
        f"grant usage on schema {DATABASE}.CURATED to role PUBLIC",
        f"grant role {DATABASE}_PHI_READER to role {DATABASE}_ADMIN",
        f"grant ownership on schema {DATABASE}.META to role {DATABASE}_LOADER",
    ],
)
def test_a_grant_beside_the_plan_is_found(account: AccountModel, found: Found, beside: str) -> None:
    account.run(beside)
    (difference,) = found()
    assert (difference.found, difference.planned) == ("granted", "not granted")
    assert difference.what.split(" to ")[1] == beside.split(" ")[-1]


def test_what_service_roles_own_in_their_schemas_is_no_difference(account: AccountModel, found: Found) -> None:
    account.run(f"grant ownership on table {DATABASE}.BRONZE.SYNTHEA__PATIENTS to role {DATABASE}_LOADER")
    account.objects["table"][f"{DATABASE}.GOLD.DIM_DATE"] = {}
    account.run(f"grant ownership on table {DATABASE}.GOLD.DIM_DATE to role {DATABASE}_TRANSFORMER")
    account.run(f"grant select on table {DATABASE}.GOLD.DIM_DATE to role {DATABASE}_PHI_READER")
    assert found() == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("resource monitor", f"{DATABASE}_MONITOR"),
        ("role", f"{DATABASE}_ANALYST"),
        ("warehouse", f"{DATABASE}_LOADING"),
        ("storage integration", f"{DATABASE}_LANDING"),
        ("network policy", f"{DATABASE}_NETWORK"),
        ("schema", f"{DATABASE}.GOLD"),
        ("tag", f"{DATABASE}.META.SOURCE_SYSTEM"),
        ("masking policy", f"{DATABASE}.META.MASK_DATE"),
        ("row access policy", f"{DATABASE}.META.ROWS_OF_SYNTHEA"),
        ("file format", f"{DATABASE}.META.CSV"),
        ("stage", f"{DATABASE}.META.LANDING_ZONE"),
    ],
)
def test_an_object_that_is_gone_is_found(account: AccountModel, found: Found, kind: str, name: str) -> None:
    del account.objects[kind][name]
    assert Difference(f"{kind} {name.rsplit('.', 1)[-1]}", "missing", "there") in found()


@pytest.mark.parametrize(
    ("kind", "name", "key", "value", "what"),
    [
        ("warehouse", f"{DATABASE}_LOADING", "auto_suspend", "600", f"warehouse {DATABASE}_LOADING: auto_suspend"),
        ("warehouse", f"{DATABASE}_READING", "auto_resume", "false", f"warehouse {DATABASE}_READING: auto_resume"),
        ("warehouse", f"{DATABASE}_READING", "resource_monitor", "null",
         f"warehouse {DATABASE}_READING: resource_monitor"),
        ("warehouse", f"{DATABASE}_LOADING", "statement_timeout_in_seconds", "172800",
         f"warehouse {DATABASE}_LOADING: STATEMENT_TIMEOUT_IN_SECONDS"),
        ("resource monitor", f"{DATABASE}_MONITOR", "credit_quota", "5000.00",
         f"resource monitor {DATABASE}_MONITOR: credit_quota"),
        ("resource monitor", f"{DATABASE}_MONITOR", "suspend_at", "",
         f"resource monitor {DATABASE}_MONITOR: suspend_at"),
        ("file format", f"{DATABASE}.META.CSV", "skip_header", 0, "file format CSV: SKIP_HEADER"),
        ("storage integration", f"{DATABASE}_LANDING", "storage_allowed_locations", "*",
         f"storage integration {DATABASE}_LANDING: STORAGE_ALLOWED_LOCATIONS"),
        ("network policy", f"{DATABASE}_NETWORK", "allowed_ip_list", "'0.0.0.0/0'",
         f"network policy {DATABASE}_NETWORK: ALLOWED_IP_LIST"),
        ("schema", f"{DATABASE}.SILVER", "transient", False, "schema SILVER: TRANSIENT"),
        ("schema", f"{DATABASE}.GOLD", "managed", False, "schema GOLD: MANAGED ACCESS"),
        ("masking policy", f"{DATABASE}.META.MASK_VARCHAR", "body", "value", "masking policy MASK_VARCHAR: body"),
        ("row access policy", f"{DATABASE}.META.ROWS_OF_SYNTHEA", "body", "true",
         "row access policy ROWS_OF_SYNTHEA: body"),
        ("stage", f"{DATABASE}.META.LANDING_ZONE", "url", "s3://elsewhere/", "stage LANDING_ZONE: url"),
    ],
)  # fmt: skip
def test_a_property_with_another_value_is_found(
    account: AccountModel, found: Found, kind: str, name: str, key: str, value: object, what: str
) -> None:
    account.objects[kind][name][key] = value
    assert [difference.what for difference in found()] == [what]


def test_a_policy_that_is_no_longer_bound_to_the_tag_is_found(account: AccountModel, found: Found) -> None:
    account.bound.remove(f"{DATABASE}.META.MASK_VARCHAR")
    assert [difference.what for difference in found()] == ["on tag PHI: masking policy MASK_VARCHAR"]


def test_a_schema_that_no_longer_classes_its_columns_is_found(account: AccountModel, found: Found) -> None:
    account.schema_tags[f"{DATABASE}.GOLD"].clear()
    assert found() == [Difference("schema GOLD: PHI", "None", "direct")]


def test_a_table_a_column_a_tag_and_a_row_policy_that_are_gone_are_found(account: AccountModel, found: Found) -> None:
    columns = account.columns[f"{DATABASE}.BRONZE.ICON_HEALTH__PATIENTS"]
    columns["BIRTH_DATE"] = "none"
    columns["PATIENT_ID"] = ""
    del columns["GENDER"]
    del account.columns[f"{DATABASE}.META.LOAD_LOG"]
    del account.row_policies[f"{DATABASE}.BRONZE.ICON_HEALTH__PATIENTS"]
    table = "BRONZE.ICON_HEALTH__PATIENTS"
    assert set(found()) == {
        Difference("table META.LOAD_LOG", "missing", "there"),
        Difference(f"column {table}.GENDER", "missing", "there"),
        Difference(f"column {table}.PATIENT_ID: PHI", "no tag", "direct"),
        Difference(f"column {table}.BIRTH_DATE: PHI", "none", "direct"),
        Difference(f"table {table}: row access policy", "none", "META.ROWS_OF_ICON_HEALTH"),
    }


def test_a_column_that_a_delivery_brought_is_no_difference(account: AccountModel, found: Found) -> None:
    account.columns[f"{DATABASE}.BRONZE.ICON_HEALTH__PATIENTS"]["BROUGHT"] = "direct"
    assert found() == []


def test_a_column_that_a_contract_gains_or_classes_anew_is_made_so_by_apply(
    account: AccountModel, found: Found, snowflake: SnowflakeSettings, contracts: tuple[Contract, ...]
) -> None:
    columns = account.columns[f"{DATABASE}.BRONZE.ICON_HEALTH__PATIENTS"]
    columns["BIRTH_DATE"] = "none"
    del columns["GENDER"], account.columns[f"{DATABASE}.BRONZE.SYNTHEA__CONDITIONS"]["START"]
    assert len(found()) == 3
    for statement in contract_group(lambda sql: answer(account, sql), snowflake, contracts).statements:
        account.run(statement)
    assert found() == []
