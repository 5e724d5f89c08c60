"""A change that was taken back before its build had ended: the tables are those of before it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from example import COLUMNS, Example, MakeExample

from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.pipeline.withdraw import restore

Contents = Callable[..., dict[str, list[str]]]


def built(make_example: MakeExample) -> Example:
    plan = make_example()
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,a\n")
    plan.deliver("members_2026-01-02.csv", "id,value\n1,b\n")
    plan.run()
    return plan


def leave_in_the_middle(plan: Example) -> None:
    """A build that is never said to have ended, as of a process that was killed or of a check that failed."""
    with closing(transform(plan.home, run_id="left")) as results:
        next(results)
    assert not is_up_to_date(plan.home)


def test_a_delivery_restored_after_its_withdrawal_was_stopped_is_in_the_tables_again(
    make_example: MakeExample, contents: Contents
) -> None:
    plan = built(make_example)
    whole = contents(plan.home)
    second = plan.home.ledger.deliveries()[1].delivery_id
    with plan.home.lock(), plan.home.warehouse() as warehouse:
        warehouse.mark_withdrawn(second, datetime.now(UTC), "a mistake")
    leave_in_the_middle(plan)
    assert contents(plan.home) != whole
    restore(plan.home, second)
    plan.run()
    assert contents(plan.home) == whole


def test_a_contract_taken_back_after_its_build_was_stopped_is_not_in_the_tables(
    make_example: MakeExample, contents: Contents
) -> None:
    plan = built(make_example)
    whole = contents(plan.home)
    plan.contract([COLUMNS[0], {"name": "value", "pattern": "[b-z]"}])
    leave_in_the_middle(plan)
    assert contents(plan.home) != whole
    plan.contract()
    plan.run()
    assert contents(plan.home) == whole
