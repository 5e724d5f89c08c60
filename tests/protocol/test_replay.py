"""Rows in quarantine are judged again when their contract is another one, and only then."""

from __future__ import annotations

from example import MakeExample
from typer.testing import CliRunner

from healthcare_elt.cli import quarantine
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.quarantine import Change, ReplayOutcome, replay

NAMED = ({"name": "id", "required": True}, {"name": "value", "pattern": "[a-c]"})
CORRECTED = (NAMED[0], {"name": "value", "pattern": "[a-z]"})
PROCESSED = "select model, contract from meta.processed"


def rows(before: int, left: int, entered: int, after: int) -> ReplayOutcome:
    counts = before, left, entered, after
    return ReplayOutcome(*counts, (Change("plan.members", "row", *counts),))


def test_replay_before_anything_was_built_builds_it(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NAMED)
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,z\n")
    plan.land()
    load_deliveries(plan.home, run_id="run")
    assert replay(plan.home, None) == rows(before=0, left=0, entered=1, after=1)


def test_replay_of_a_contract_that_is_the_same_leaves_nothing_to_be_built_again(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NAMED)
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,z\n")
    plan.run()
    processed = plan.rows(PROCESSED)
    assert replay(plan.home, "plan.members") == rows(before=1, left=0, entered=0, after=1)
    assert plan.rows(PROCESSED) == processed
    plan.contract(CORRECTED)
    assert replay(plan.home, "plan.members") == rows(before=1, left=1, entered=0, after=0)
    assert plan.history() == [("1", "a", 1, None), ("2", "z", 1, None)]


def test_replay_tells_what_left_quarantine_and_what_entered_it_not_their_difference(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NAMED)
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,z\n3,9\n")
    plan.run()
    plan.contract((NAMED[0], {"name": "value", "pattern": "[b-z]"}))
    assert replay(plan.home, None) == rows(before=2, left=1, entered=1, after=2)
    plan.contract((NAMED[0], {"name": "value", "pattern": "[a-y]"}))
    said = CliRunner().invoke(quarantine.app, ["replay"]).output
    assert "Rows in quarantine: 2 before, 1 left, 1 entered, 2 now." in said
    assert "plan.members" in said
    said = CliRunner().invoke(quarantine.app, ["replay"]).output
    assert said.strip() == "Rows in quarantine: 2 before, 0 left, 0 entered, 2 now."


def test_replay_tells_elements_of_lists_apart_from_rows_and_counts_each_once(make_example: MakeExample) -> None:
    plan = make_example()
    twice_wrong = {"name": "code", "pattern": "[a-c]", "allowed": ["a", "b", "c"]}
    listed = {"name": "value", "list_of": "zip"}
    plan.contract((NAMED[0], listed, twice_wrong))
    plan.deliver("members_2026-01-01.csv", 'id,value,code\n1,"12345,wrong",a\n2,12345,z\n')
    plan.run()
    plan.contract((NAMED[0], {"name": "value", "list_of": "npi"}, {"name": "code", "pattern": "[a-z]"}))
    changes = (Change("plan.members", "element", 1, 0, 2, 3), Change("plan.members", "row", 1, 1, 0, 0))
    assert replay(plan.home, None) == ReplayOutcome(2, 1, 2, 3, changes)
