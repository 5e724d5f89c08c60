"""Who can read what, by the plan's own statements read as text: no path of roles leads an analyst to PHI."""

from __future__ import annotations

import re

import pytest
from account_model import AccountModel

from healthcare_elt.snowflake.group import Group

DATABASE = "HEALTHCARE_ELT"
GUARDED = ("RAW", "BRONZE", "META", "SILVER", "QUARANTINE", "GOLD", "FEATURES")
ANALYST, PHI_READER, ADMIN = (f"{DATABASE}_{role}" for role in ("ANALYST", "PHI_READER", "ADMIN"))


def statements(groups: tuple[Group, ...]) -> list[str]:
    return [line for group in groups for line in (f"use role {group.role}", *group.statements)]


def schema_of(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def test_an_empty_account_takes_the_statements_in_their_order_and_again(full_plan: tuple[Group, ...]) -> None:
    model = AccountModel()
    for statement in statements(full_plan) * 2:
        model.run(statement)
    assert len(model.columns) == 51


@pytest.mark.parametrize("schema", GUARDED)
def test_no_path_of_roles_gives_the_analyst_anything_on_a_schema_with_phi(account: AccountModel, schema: str) -> None:
    assert [held for held in account.privileges_of(ANALYST) if schema_of(held[2]) == schema] == []


@pytest.mark.parametrize(
    "hole",
    [
        f"grant role {DATABASE}_LOADER to role {ANALYST}",
        f"grant role {ADMIN} to role {ANALYST}",
        f"grant usage on schema {DATABASE}.BRONZE to role {ANALYST}",
        f"grant select on future views in schema {DATABASE}.BRONZE to role {ANALYST}",
    ],
)
def test_the_model_of_the_account_sees_a_hole(account: AccountModel, hole: str) -> None:
    account.run(hole)
    assert any("BRONZE" in name for _, _, name in account.privileges_of(ANALYST))


def test_the_analyst_reads_curated_and_reference_and_writes_nothing(account: AccountModel) -> None:
    held = account.privileges_of(ANALYST)
    assert {privilege for privilege, _, _ in held} == {"usage", "select"}
    assert {schema_of(name) for privilege, _, name in held if privilege == "select"} == {"CURATED", "REFERENCE"}


def test_nobody_reads_phi_by_inheriting_the_phi_reader(account: AccountModel) -> None:
    inheriting = {role for role in account.objects["role"] if PHI_READER in account.roles_of(role)}
    assert inheriting == {PHI_READER}


def test_the_phi_reader_reads_and_does_nothing_else(account: AccountModel) -> None:
    assert {privilege for privilege, _, _ in account.privileges_of(PHI_READER)} == {"usage", "select"}


def test_nothing_is_granted_to_public_nor_with_the_right_to_grant_on(full_plan: tuple[Group, ...]) -> None:
    grants = [line for line in statements(full_plan) if line.startswith("grant ")]
    assert grants
    assert [line for line in grants if re.search(r"\bpublic\b|grant option", line, re.I)] == []


def test_every_role_of_the_plan_can_be_taken_over_by_the_account_s_administrators_but_the_phi_reader(
    account: AccountModel,
) -> None:
    own = {role for role in account.objects["role"] if role.startswith(DATABASE)}
    assert own - account.roles_of("SYSADMIN") == {PHI_READER}


def test_every_policy_is_made_and_bound_before_the_first_table_that_it_guards(full_plan: tuple[Group, ...]) -> None:
    lines = statements(full_plan)
    first_table = next(place for place, line in enumerate(lines) if re.match(r"create (transient )?table", line))
    first_bronze = next(place for place, line in enumerate(lines) if re.match(r"create transient table", line))
    made = [place for place, line in enumerate(lines) if line.startswith("create masking policy")]
    bound = [place for place, line in enumerate(lines) if line.startswith("alter tag")]
    tagged = [place for place, line in enumerate(lines) if re.match(r"alter schema \S+ set tag", line)]
    rows = [place for place, line in enumerate(lines) if line.startswith("create row access policy")]
    assert made[-1] < bound[0] <= bound[-1] < tagged[0] <= tagged[-1] < first_table
    assert rows[-1] < first_bronze
    assert len(made) == len(bound) == 5


def test_a_new_column_in_a_schema_with_phi_is_direct_before_anybody_classes_it(account: AccountModel) -> None:
    for schema in GUARDED:
        assert account.schema_tags[f"{DATABASE}.{schema}"] == {f"{DATABASE}.META.PHI": "direct"}


def test_every_bronze_table_is_under_the_row_access_policy_of_its_source_system(account: AccountModel) -> None:
    bronze = [table for table in account.columns if schema_of(table) == "BRONZE"]
    assert len(bronze) == 48
    for table in bronze:
        system = table.split(".")[2].split("__")[0]
        assert account.row_policies[table] == f"{DATABASE}.META.ROWS_OF_{system}"


def test_a_column_is_never_in_a_row_access_policy_and_under_a_masking_policy_at_once(
    full_plan: tuple[Group, ...],
) -> None:
    """Snowflake refuses that; what carries the row access policy is a number or a variant, which have no mask."""
    masked = {line.split(" returns ")[1].split()[0] for line in statements(full_plan) if "create masking" in line}
    assert masked.isdisjoint({"number", "variant"})
    for line in statements(full_plan):
        if match := re.search(r"row access policy \S+ on \((\S+)\)", line):
            assert f"{match[1]} number(19, 0)" in line or match[1] == "VALUE"


def test_values_are_shown_by_role_and_class_alone(full_plan: tuple[Group, ...]) -> None:
    """Whoever is none of the three sees *** or nothing, or of a quasi date its year."""
    bodies = {
        line.split(".MASK_")[1].split()[0]: line.partition(" -> ")[2]
        for line in statements(full_plan)
        if line.startswith("create masking policy")
    }
    for kind, body in bodies.items():
        shown = re.findall(r"when (.+?) then (.+?)(?= when| else)", body)
        assert [value for _, value in shown[:3]] == ["value", "value", "value"]
        assert shown[0][0] == f"current_role() in ('{DATABASE}_LOADER', '{DATABASE}_TRANSFORMER')"
        assert shown[1][0] == f"is_role_in_session('{PHI_READER}')"
        assert shown[2][0].endswith("= 'none'")
        assert shown[3][0].endswith("= 'quasi'")
        assert ("value" in shown[3][1]) == (kind in ("DATE", "TIMESTAMP_NTZ"))
        assert body.endswith(("else null end", "else '***' end"))
