"""Contracts: the project's own are read, and each mistake is one sentence that says where and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthcare_elt.contracts import Contract, ContractError, load_contracts
from healthcare_elt.settings import PROJECT_ROOT

GOOD = """\
sources:
  - name: plan
    schema: bronze
    tables:
      - name: members
        identifier: plan__members
        description: People.
        config:
          meta:
            dagster: {asset_key: [bronze, plan, members]}
            contract:
              files: "members*"
              delivers: changes
              key: [member_id]
              effective_at: seen_on
              on_new_column: evolve
        columns:
          - name: member_id
            description: Number.
            data_type: varchar
            config: {meta: {phi: direct}}
          - name: seen_on
            description: When.
            data_type: date
            config: {meta: {min: 1900-01-01, phi: none, date_format: "%m/%d/%Y"}}
          - name: state
            description: Where.
            data_type: varchar
            config: {meta: {required: true, allowed: [NY, NJ], phi: quasi}}
"""


def load(folder: Path, text: str) -> tuple[Contract, ...]:
    (folder / "plan.yml").write_text(text)
    return load_contracts(folder)


def test_the_six_tables_of_icon_health_are_read_in_order() -> None:
    contracts = {contract.name: contract for contract in load_contracts(PROJECT_ROOT / "dbt_project/models/sources")}
    six = [name for name in contracts if name.startswith("icon_health.")]
    assert six == [
        "icon_health.adverse_events",
        "icon_health.employer_in_network",
        "icon_health.encounters_details",
        "icon_health.patients",
        "icon_health.providers",
        "icon_health.referrals",
    ]
    assert contracts["icon_health.providers"].delivers == "full"
    assert contracts["icon_health.referrals"].key == ["patient_id", "procedure"]
    assert contracts["icon_health.employer_in_network"].columns[1].list_of == "npi"


def test_a_contract_knows_its_names_and_the_columns_that_no_row_can_do_without(tmp_path: Path) -> None:
    (contract,) = load(tmp_path, GOOD)
    assert contract.name == "plan.members"
    assert contract.relation == "plan__members"
    assert contract.files == ["members*"]
    assert contract.column_names == ("member_id", "seen_on", "state")
    assert contract.required_columns == ("member_id", "seen_on", "state")
    assert contract.columns[1].min == "1900-01-01"
    assert contract.columns[1].date_format == ["%m/%d/%Y"]


def test_the_bookkeeping_source_is_not_a_contract(tmp_path: Path) -> None:
    own = "  - name: meta\n    schema: meta\n    tables:\n      - name: load_log\n"
    assert [contract.name for contract in load(tmp_path, GOOD + own)] == ["plan.members"]


MISTAKES = {
    "an unknown phi class": (
        "phi: quasi}",
        "phi: maybe}",
        "column state: phi is 'maybe' and must be one of 'direct'",
    ),
    "no phi class": (", phi: quasi}", "}", "column state: phi is missing; write one of direct, quasi, none."),
    "an unknown column rule": (
        "phi: quasi}",
        "phi: quasi, regex: x}",
        "regex is not a rule; it may be one of required",
    ),
    "an unknown table rule": (
        "delivers: changes",
        "delivers: changes\n              keys: [a]",
        "keys is not a rule",
    ),
    "an unknown way to deliver": (
        "delivers: changes",
        "delivers: sometimes",
        "delivers is 'sometimes' and must be one",
    ),
    "no way to deliver": ("delivers: changes\n", "\n", "delivers is missing; write one of full, changes."),
    "an unknown type": (
        "data_type: date",
        "data_type: day",
        "column seen_on: data_type is 'day' and must be one of",
    ),
    "a decimal with too many places": (
        "data_type: date",
        "data_type: decimal(4,5)",
        "data_type is 'decimal(4,5)'",
    ),
    "a key that is no column": (
        "key: [member_id]",
        "key: [id]",
        "key column id is not declared; it may be one of",
    ),
    "a moment of its own in a full delivery": (
        "delivers: changes",
        "delivers: full",
        "effective_at is 'seen_on' and must be delivery_date where delivers is full",
    ),
    "an effective_at that is no date": (
        "effective_at: seen_on",
        "effective_at: state",
        "must be one of delivery_date",
    ),
    "a pattern that does not compile": (
        "allowed: [NY, NJ]",
        'pattern: "["',
        "pattern is no regular expression",
    ),
    "min above max": (
        "min: 1900-01-01",
        "min: 2000-01-01, max: 1999-01-01",
        "min 2000-01-01 is more than max",
    ),
    "a min that is no day": ("min: 1900-01-01", "min: soon", "min is 'soon' and must be a day"),
    "a min on a text": ("allowed: [NY, NJ]", "min: 1", "min is for number, date and timestamp columns"),
    "format and list_of": (
        "allowed: [NY, NJ]",
        "format: npi, list_of: npi",
        "format and list_of exclude each other",
    ),
    "an unknown format": (
        "allowed: [NY, NJ]",
        "format: npu",
        "format 'npu' is unknown; it may be one of npi, cpt",
    ),
    "a format on a date": ("min: 1900-01-01", "format: zip", "format is for varchar columns"),
    "an unquoted yes": ("[NY, NJ]", "[Yes, No]", "write it in quotes"),
    "another schema": ("schema: bronze", "schema: raw", "source plan: schema must be bronze"),
    "another identifier": ("plan__members", "members", "identifier must be plan__members"),
    "no contract": (
        "contract:",
        "contracts:",
        "table members: config.meta.contract is missing; write it with files",
    ),
    "a pattern with a folder": ('"members*"', '"in/members*"', "without a folder"),
    "a rule written twice": (
        "schema: bronze",
        "schema: bronze\n    schema: bronze",
        "line 4: schema is written twice",
    ),
    "broken YAML": ("schema: bronze", "schema: [bronze", "this is not YAML"),
    "a column without a description": (
        "            description: Number.\n",
        "",
        "column member_id: description is missing",
    ),
    "a column twice": ("name: state", "name: seen_on", "column seen_on is declared twice"),
    "upper case": ("name: state", "name: State", "must be lower case letters"),
}


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_sentence_with_file_and_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ContractError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    message = str(caught.value)
    assert message.startswith("plan.yml")
    assert said in message
    assert message.endswith(".")
    assert "\n" not in message


def test_two_tables_cannot_claim_the_same_files(tmp_path: Path) -> None:
    table = GOOD.partition("    tables:\n")[2]
    twin = table.replace("name: members", "name: people").replace("plan__members", "plan__people")
    with pytest.raises(ContractError, match=r"table people: files 'members\*' is also the pattern of members"):
        load(tmp_path, GOOD + twin)


def test_a_table_cannot_be_declared_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "again.yml").write_text(GOOD)
    with pytest.raises(ContractError, match=r"plan\.members is declared before, in again\.yml"):
        load(tmp_path, GOOD)


def test_a_folder_without_contracts_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="holds no source table"):
        load_contracts(tmp_path)
