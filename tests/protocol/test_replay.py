"""Rows in quarantine are judged again when their contract is another one, and only then."""

from __future__ import annotations

from example import MakeExample

from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.quarantine import ReplayOutcome, replay

NAMED = ({"name": "id", "required": True}, {"name": "value", "pattern": "[a-c]"})
CORRECTED = (NAMED[0], {"name": "value", "pattern": "[a-z]"})
PROCESSED = "select model, contract from meta.processed"


def test_replay_before_anything_was_built_builds_it(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NAMED)
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,z\n")
    plan.land()
    load_deliveries(plan.home, run_id="run")
    assert replay(plan.home, None) == ReplayOutcome(0, 1)


def test_replay_of_a_contract_that_is_the_same_leaves_nothing_to_be_built_again(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NAMED)
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,z\n")
    plan.run()
    processed = plan.rows(PROCESSED)
    assert replay(plan.home, "plan.members") == ReplayOutcome(1, 1)
    assert plan.rows(PROCESSED) == processed
    plan.contract(CORRECTED)
    assert replay(plan.home, "plan.members") == ReplayOutcome(1, 0)
    assert plan.history() == [("1", "a", 1, None), ("2", "z", 1, None)]
