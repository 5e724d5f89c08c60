"""External tables over the raw zone: asked for by a setting, seen by nobody who may not read PHI, and compared."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from account_answers import answer
from account_model import AccountModel

from healthcare_elt.contracts import Contract
from healthcare_elt.settings import Settings, SettingsError
from healthcare_elt.settings_snowflake import SnowflakeSettings, load_snowflake_settings
from healthcare_elt.snowflake.classes import Classes
from healthcare_elt.snowflake.difference import Difference
from healthcare_elt.snowflake.group import Group, rendered
from healthcare_elt.snowflake.plan import plan
from healthcare_elt.snowflake.raw import refresh
from healthcare_elt.snowflake.verify import differences

DATABASE = "HEALTHCARE_ELT"
RAW = f"{DATABASE}.RAW"
TABLE = "ICON_HEALTH__PATIENTS__CSV"
MakeSettings = Callable[..., SnowflakeSettings]
Contracts = tuple[Contract, ...]


@pytest.fixture
def patients(contracts: Contracts) -> Contract:
    return next(contract for contract in contracts if contract.name == "icon_health.patients")


def test_without_the_setting_there_is_a_schema_and_nothing_in_it(
    snowflake_settings: MakeSettings, contracts: Contracts, landing_url: str
) -> None:
    text = rendered(plan(snowflake_settings(), contracts, landing_url))
    assert "external table" not in text
    assert "RAW_OF" not in text
    assert re.findall(rf"grant .* {DATABASE}\.RAW\b", text) == []
    assert refresh(snowflake_settings(), contracts[0]) == []


def test_only_the_loader_and_who_may_read_phi_have_anything_in_the_raw_zone(account: AccountModel) -> None:
    roles = {role for _, _, name, role in account.grants if re.match(rf"{DATABASE}\.(RAW\b|META\.RAW_OF)", name)}
    assert roles == {f"{DATABASE}_LOADER", f"{DATABASE}_PHI_READER"}


def test_a_delivered_row_is_shown_whole_to_service_and_phi_readers_of_its_source_system_and_to_nobody_else(
    account: AccountModel,
) -> None:
    for system in ("ICON_HEALTH", "SYNTHEA"):
        body = account.objects["row access policy"][f"{DATABASE}.META.RAW_OF_{system}"]["body"]
        service, _, reader = body.partition(" or ")
        assert service == f"current_role() in ('{DATABASE}_LOADER', '{DATABASE}_TRANSFORMER')"
        assert reader.startswith(f"(is_role_in_session('{DATABASE}_PHI_READER') and (")
        assert f"access.source_system in ('{system.lower()}', '*')" in reader


def test_every_external_table_has_its_policy_and_its_tags_from_the_statement_that_makes_it(
    full_plan: tuple[Group, ...], contracts: Contracts
) -> None:
    lines = [line for group in full_plan for line in group.statements]
    made = [line for line in lines if line.startswith("create external table")]
    assert len(made) == 2 * len(contracts)
    for line in made:
        system = re.search(r"LANDING_ZONE/raw/(\w+)/\w+/ ", line)[1]
        assert f"with row access policy {DATABASE}.META.RAW_OF_{system.upper()} on (VALUE)" in line
        assert f"with tag ({DATABASE}.META.PHI = 'direct', {DATABASE}.META.SOURCE_SYSTEM = '{system}')" in line
    policies = [place for place, line in enumerate(lines) if line.startswith("create row access policy")]
    assert policies[-1] < lines.index(made[0])


@pytest.mark.parametrize(
    ("days", "path"),
    [
        ((), ""),
        (("year=2026/month=01/day=02",), " 'year=2026/month=01/day=02/'"),
        (("year=2026/month=01/day=02", "year=2026/month=01/day=13"), " 'year=2026/month=01/'"),
        (("year=2026/month=01/day=02", "year=2026/month=02/day=02"), " 'year=2026/'"),
        (("year=2025/month=01/day=02", "year=2026/month=01/day=02"), ""),
    ],
)
def test_a_refresh_lists_the_folder_that_holds_what_is_new_and_no_more(
    snowflake_settings: MakeSettings, patients: Contract, days: tuple[str, ...], path: str
) -> None:
    keys = [f"raw/icon_health/patients/{day}/{number}.csv" for number, day in enumerate(days)]
    found = refresh(snowflake_settings(raw_tables="csv"), patients, keys)
    assert found == [f"alter external table {RAW}.{TABLE} refresh{path}"]


@pytest.mark.parametrize(
    ("drift", "expected"),
    [
        ("drop", Difference(f"external table {TABLE}", "missing", "there")),
        ("add", Difference("external table SOMEBODYS", "there", "not planned")),
        (
            "location",
            Difference(f"external table {TABLE}: location", "raw/synthea/patients", "raw/icon_health/patients"),
        ),
        ("invalid", Difference(f"external table {TABLE}: invalid", "true", "false")),
        ("tag", Difference(f"external table {TABLE}: PHI", "None", "direct")),
        ("policy", Difference(f"external table {TABLE}: row access policy", "none", "META.RAW_OF_ICON_HEALTH")),
    ],
)
def test_an_external_table_that_is_not_as_planned_is_found(
    account: AccountModel,
    snowflake: SnowflakeSettings,
    contracts: Contracts,
    landing_url: str,
    models: dict[str, Classes],
    drift: str,
    expected: Difference,
) -> None:
    tables, name = account.objects["external table"], f"{RAW}.{TABLE}"
    match drift:
        case "drop":
            del tables[name]
        case "add":
            tables[f"{RAW}.SOMEBODYS"] = tables[name]
        case "location":
            tables[name]["location"] = f"@{DATABASE}.META.LANDING_ZONE/raw/synthea/patients/"
        case "invalid":
            tables[name]["invalid"] = "true"
        case "tag":
            del account.table_tags[name][f"{DATABASE}.META.PHI"]
        case "policy":
            del account.row_policies[name]
    found = differences(lambda sql: answer(account, sql), snowflake, contracts, landing_url, models=models)
    assert list(found) == [expected]


def test_external_tables_over_a_folder_are_told_in_one_sentence(
    snowflake_settings: MakeSettings, contracts: Contracts
) -> None:
    with pytest.raises(SettingsError, match=r"SNOWFLAKE_RAW_TABLES is set, and the landing zone is in a folder; .*\.$"):
        plan(snowflake_settings(raw_tables="csv"), contracts)


def test_a_format_that_snowflake_cannot_read_in_place_is_told_in_one_sentence(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ACCOUNT": "a", "USER": "u", "RAW_TABLES": "csv, xml"}.items():
        monkeypatch.setenv(f"SNOWFLAKE_{name}", value)
    with pytest.raises(SettingsError, match="SNOWFLAKE_RAW_TABLES is wrong: must be some of csv, json, parquet"):
        load_snowflake_settings(Settings(home=tmp_path))
