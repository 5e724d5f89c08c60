"""A build that failed is taken up where it failed, and only if it is still the same build."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from example import Example, MakeExample

from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.transform import DbtFailed

Contents = Callable[..., dict[str, list[str]]]
FAILING = "member_days"


def failed(make_example: MakeExample) -> Example:
    """The second delivery is loaded, and a unique index kept one model of its build from being written."""
    plan = make_example()
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    plan.run()
    deliver(plan, "members_2026-01-02.csv", "id,value\n2,b\n")
    execute(plan, f"create unique index obstacle on gold.{FAILING} (versions)")
    with pytest.raises(DbtFailed, match=FAILING) as caught:
        built(plan)
    assert not caught.value.transient
    execute(plan, "drop index gold.obstacle")
    return plan


def deliver(plan: Example, name: str, content: str) -> None:
    plan.deliver(name, content)
    plan.land()
    load_deliveries(plan.home, run_id="run")


def execute(plan: Example, sql: str) -> None:
    with plan.home.warehouse() as warehouse:
        warehouse.execute(sql)


def built(plan: Example, **how: bool) -> set[str]:
    """Models and checks that a build has run."""
    return {result.name for result in transform(plan.home, run_id="run", **how)}


def test_the_next_build_takes_only_what_failed_and_what_waited_for_it(
    make_example: MakeExample, contents: Contents
) -> None:
    plan = failed(make_example)
    assert built(plan) == {FAILING}
    assert is_up_to_date(plan.home)
    resumed = contents(plan.home)
    built(plan, full_refresh=True)
    assert contents(plan.home) == resumed


def test_a_new_delivery_makes_it_another_build(make_example: MakeExample, contents: Contents) -> None:
    plan = failed(make_example)
    deliver(plan, "members_2026-01-03.csv", "id,value\n2,c\n")
    assert "plan__members_rows" in built(plan)
    resumed = contents(plan.home)
    built(plan, full_refresh=True)
    assert contents(plan.home) == resumed


def test_a_build_that_is_stopped_begins_nothing_more_and_is_built_again(
    make_example: MakeExample, contents: Contents
) -> None:
    plan = make_example()
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n2,a\n")
    plan.run()
    whole = contents(plan.home, "gold")
    deliver(plan, "members_2026-01-02.csv", "id,value\n1,b\n2,c\n")
    with closing(transform(plan.home, run_id="stopped")) as results:
        next(results)
    assert contents(plan.home, "gold") == whole
    assert {"plan__members_rows", FAILING, "member_history"} <= built(plan)
    assert contents(plan.home, "gold") != whole
    assert is_up_to_date(plan.home)


def test_a_killed_build_is_built_again(make_example: MakeExample) -> None:
    plan = failed(make_example)
    (plan.home.settings.dbt_target_path / "run_results.json").unlink()
    assert "plan__members_rows" in built(plan)
