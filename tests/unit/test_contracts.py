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


def test_contracts_that_are_asked_for_again_are_read_again_only_if_a_file_says_something_else(tmp_path: Path) -> None:
    first = load(tmp_path, GOOD)
    assert load(tmp_path, GOOD) is first
    assert load(tmp_path, GOOD.replace("evolve", "ignore"))[0].on_new_column == "ignore"
    assert load(tmp_path, GOOD)[0].on_new_column == "evolve"


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


def test_the_landing_fingerprint_changes_with_what_landing_asks_for_and_with_nothing_else(tmp_path: Path) -> None:
    def fingerprint(old: str, new: str) -> str:
        assert old in GOOD
        return load(tmp_path, GOOD.replace(old, new))[0].landing_fingerprint

    now = fingerprint("", "")
    for old, new in (("phi: direct", "phi: none"), ("[NY, NJ]", "[NY]"), ('"members*"', '"members_*"')):
        assert fingerprint(old, new) == now
    for old, new in (
        ("evolve", "reject"),
        ("evolve", "evolve\n              allow_empty: true"),
        ("required: true, ", ""),
        ("phi: quasi", "phi: quasi, aliases: [where]"),
        ("evolve", "evolve\n              dialect: {encoding: utf-16}"),
        ("effective_at: seen_on", "effective_at: delivery_date"),
    ):
        assert fingerprint(old, new) != now


def test_a_contract_may_fix_how_its_files_are_written(tmp_path: Path) -> None:
    (open_,) = load(tmp_path, GOOD)
    assert set(open_.dialect.model_dump().values()) == {None}
    stated = 'dialect: {delimiter: "\\t", quote: "", encoding: latin-1}'
    (fixed,) = load(tmp_path, GOOD.replace("delivers: changes", f"delivers: changes\n              {stated}"))
    assert (fixed.dialect.delimiter, fixed.dialect.quote, fixed.dialect.encoding) == ("\t", "", "latin-1")


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
    "a pattern that looks around": ("allowed: [NY, NJ]", 'pattern: "a(?=b)"', "pattern is no regular expression"),
    "an allowed day that is none": (
        "min: 1900-01-01",
        'allowed: ["2026-02-30"]',
        "allowed holds '2026-02-30', which is no date",
    ),
    "min above max": (
        "min: 1900-01-01",
        "min: 2000-01-01, max: 1999-01-01",
        "min 2000-01-01 is more than max",
    ),
    "an unknown code of a date": (
        'date_format: "%m/%d/%Y"',
        'date_format: ["%m/%d/%Y", "%d.%m.%Q"]',
        "date_format '%d.%m.%Q' has an unknown code; it may have %Y %y %m %b",
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
    "a dialect that is a word": (
        "delivers: changes",
        "delivers: changes\n              dialect: excel",
        "dialect must be",
    ),
    "an unknown key of a dialect": (
        "delivers: changes",
        "delivers: changes\n              dialect: {separator: x}",
        "dialect.separator is not a rule; it may be one of delimiter, quote, escape, encoding",
    ),
    "a delimiter of letters": (
        "delivers: changes",
        "delivers: changes\n              dialect: {delimiter: tab}",
        "dialect.delimiter is 'tab' and must be 1 to 4 characters",
    ),
    "a quote that quotes nothing": (
        "delivers: changes",
        "delivers: changes\n              dialect: {quote: '*'}",
        "dialect.quote is '*' and must be",
    ),
    "an unknown escape": (
        "delivers: changes",
        "delivers: changes\n              dialect: {escape: none}",
        "dialect.escape is 'none' and must be one of 'doubling' or 'backslash'",
    ),
    "an unknown encoding": (
        "delivers: changes",
        "delivers: changes\n              dialect: {encoding: ebcdic}",
        "dialect.encoding is 'ebcdic' and must be one of 'utf-8', 'utf-16'",
    ),
    "broken YAML": ("schema: bronze", "schema: [bronze", "this is not YAML"),
    "a column without a description": (
        "            description: Number.\n",
        "",
        "column member_id: description is missing",
    ),
    "a column twice": ("name: state", "name: seen_on", "column seen_on is declared twice"),
    "a case of a date": ("min: 1900-01-01", "case: upper", "case is for varchar columns"),
    "an unknown case": ("allowed: [NY, NJ]", "case: title", "case is 'title' and must be one of 'lower' or 'upper'"),
    "an allowed value that its case never leaves": (
        "allowed: [NY, NJ]",
        "case: lower, allowed: [ny, NJ]",
        "allowed holds NJ, which case: lower never leaves; write it in that case",
    ),
    "an operation that is no column": (
        "delivers: changes",
        "delivers: changes\n              op_column: op",
        "op_column is 'op' and must be a varchar column outside the key: state",
    ),
    "an operation in the key": (
        "delivers: changes",
        "delivers: changes\n              op_column: member_id",
        "op_column is 'member_id' and must be a varchar column outside the key: state",
    ),
    "an operation of a full delivery": (
        "delivers: changes",
        "delivers: full\n              op_column: state",
        "op_column is for changes; a full delivery deletes what it does not hold",
    ),
    "an operation with values of its own": (
        "delivers: changes",
        "delivers: changes\n              op_column: state",
        "op_column state takes I, U and D in any case and nothing else; remove allowed from it",
    ),
    "deletions by changes": (
        "delivers: changes",
        "delivers: changes\n              delete_despite_rejects: true",
        "delete_despite_rejects is for full deliveries; remove it",
    ),
    "an alias that is a column": (
        "phi: quasi}",
        "phi: quasi, aliases: [Seen_On]}",
        "column state has the alias seen_on, which is a column of members; remove it",
    ),
    "an alias twice": (
        "phi: quasi}",
        "phi: quasi, aliases: [where, Where]}",
        "column state has the alias where, which is an alias of state already",
    ),
    "an alias that bronze has itself": (
        "phi: quasi}",
        "phi: quasi, aliases: [_arrival]}",
        "which is a column that the platform adds itself",
    ),
    "an alias that is no list": (
        "phi: quasi}",
        "phi: quasi, aliases: where}",
        "aliases must be a list of header names",
    ),
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
