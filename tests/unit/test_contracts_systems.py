"""What a source system states: when its dates are ready and due; each mistake is one sentence."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from test_contracts import GOOD

from healthcare_elt.contracts import ContractError, SourceSystem, load_sources

VISITS = GOOD.replace("members", "visits")


def systems(folder: Path, rules: str, more: str = "") -> tuple[SourceSystem, ...]:
    """Of `plan` with the tables members and visits, in two files, of which each may state rules."""
    for name, text, stated in (("members.yml", GOOD, rules), ("visits.yml", VISITS, more)):
        (folder / name).write_text(text.replace("  - name: plan\n", f"  - name: plan\n{stated}"))
    return load_sources(folder).systems


def meta(text: str) -> str:
    return f"    config: {{meta: {{{text}}}}}\n"


def test_a_system_says_its_rules_in_one_of_its_files(tmp_path: Path) -> None:
    (plan,) = systems(tmp_path, meta("ready_when: [visits]"), meta('due: "06:30", due_on: [friday, monday]'))
    assert (plan.name, plan.tables, plan.ready_when, plan.due, plan.due_on) == (
        "plan", ("members", "visits"), ("visits",), time(6, 30), ("monday", "friday")
    )  # fmt: skip
    assert plan.expected == ("visits",)


@pytest.mark.parametrize(
    ("rules", "expected"), [("", ()), (meta('due: "06:30"'), ("members", "visits"))], ids=["none", "due alone"]
)
def test_all_tables_are_expected_where_only_the_hour_is_said_and_none_where_nothing_is(
    tmp_path: Path, rules: str, expected: tuple[str, ...]
) -> None:
    (plan,) = systems(tmp_path, rules)
    assert plan.expected == expected


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("ready_when: [claims]", "ready_when names claims, which is no table of it; it may name members, visits."),
        ("ready_when: members", "ready_when must be a list of the system's tables such as [patients, encounters]."),
        ("ready_when: []", "ready_when must be a list of the system's tables such as [patients, encounters]."),
        ("due: 10:30", 'due must be a time of day in quotes such as "06:00".'),
        ('due: "25:00"', 'due must be a time of day in quotes such as "06:00".'),
        ('due: "6 am"', 'due must be a time of day in quotes such as "06:00".'),
        ("dew: 1", "dew is not a rule; it may be one of ready_when, due, due_on."),
        ("due_on: weekdays", "due_on must be a list of weekdays such as [monday, tuesday]."),
        ("due_on: [monday]", 'due_on needs the hour too, such as due: "06:00".'),
        ("due_on: [mon]", "due_on must be a list of weekdays such as [monday, tuesday]."),
        ("due_on: [[monday]]", "due_on must be a list of weekdays such as [monday, tuesday]."),
    ],
)
def test_each_mistake_is_one_sentence(tmp_path: Path, rules: str, sentence: str) -> None:
    with pytest.raises(ContractError) as caught:
        systems(tmp_path, meta(rules))
    assert str(caught.value) == f"members.yml, source plan: {sentence}"


def test_a_rule_that_two_files_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"^visits.yml, source plan: due is stated before, in members.yml; remove"):
        systems(tmp_path, meta('due: "06:00"'), meta('due: "06:00"'))
