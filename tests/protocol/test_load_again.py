"""Bronze loaded again from the landing zone, and all behind it built anew: the tables are what the deliveries say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from example import RELATION, Example, MakeExample

from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.pipeline.withdraw import withdraw

Contents = Callable[..., dict[str, list[str]]]
SCHEMAS = ("bronze", "silver", "quarantine", "gold", "curated")


@pytest.fixture
def plan(make_example: MakeExample) -> Example:
    plan = make_example()
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,a\n")
    plan.deliver("members_2026-01-02.csv", "id,value\n1,b\n2,c\n")
    plan.run()
    return plan


def damage(plan: Example) -> None:
    """What no step of the platform does, and none would notice."""
    with plan.home.warehouse() as warehouse:
        warehouse.execute(f"update bronze.{RELATION} set value = 'x' where id = '1'")
        warehouse.execute(f"delete from silver.{RELATION}_rows where id = '2'")
        warehouse.execute("update gold.member_history set value = 'y'")


def load_again(plan: Example) -> None:
    load_deliveries(plan.home, run_id="again", again=True)


def held(plan: Example, contents: Contents) -> dict[str, list[str]]:
    return contents(plan.home, *SCHEMAS, without=("_loaded_at",))


def test_rows_that_were_damaged_in_the_warehouse_are_as_delivered_again(plan: Example, contents: Contents) -> None:
    before = held(plan, contents)
    damage(plan)
    assert held(plan, contents) != before
    load_again(plan)
    plan.transform()
    assert held(plan, contents) == before
    assert is_up_to_date(plan.home)


def test_a_replay_that_is_stopped_after_the_load_is_finished_by_the_next_run(plan: Example, contents: Contents) -> None:
    before = held(plan, contents)
    damage(plan)
    load_again(plan)
    assert not is_up_to_date(plan.home)
    with closing(transform(plan.home, run_id="stopped")) as results:
        next(results)
    assert not is_up_to_date(plan.home)
    plan.run()
    assert held(plan, contents) == before


def test_a_withdrawn_delivery_is_not_brought_back(plan: Example, contents: Contents) -> None:
    withdraw(plan.home, plan.home.ledger.deliveries()[1].delivery_id, "a mistake")
    before = held(plan, contents)
    load_again(plan)
    plan.transform()
    assert held(plan, contents) == before
