"""A full delivery deletes what it does not hold, if it holds something and all its lines could be read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from random import Random
from typing import Any

import pytest
from effort import effort
from example import Example, MakeExample
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.pipeline.summary import summarize

COLUMNS = ({"name": "id", "required": True}, {"name": "value", "pattern": "[a-c]"})
RAGGED = "torn"
"""A line with one cell, which is no row."""


def full(plan: Example, **rules: bool) -> Example:
    plan.contract(COLUMNS, delivers="full", **rules)
    return plan


def csv(*lines: str) -> str:
    return "\n".join(["id,value", *lines, ""])


def test_a_day_that_is_missing_deletes_nothing_and_moves_a_deletion_when_it_comes_late(
    make_example: MakeExample,
) -> None:
    plan = full(make_example())
    plan.deliver("members_2026-01-01.csv", csv("1,a", "2,a", "3,a"))
    plan.deliver("members_2026-01-03.csv", csv("1,a"))
    plan.run()
    assert plan.history() == [("1", "a", 1, None), ("2", "a", 1, 3), ("3", "a", 1, 3)]
    plan.deliver("members_2026-01-02.csv", csv("1,a", "3,a"))
    plan.run()
    assert plan.history() == [("1", "a", 1, None), ("2", "a", 1, 2), ("3", "a", 1, 3)]


def test_an_empty_full_delivery_is_rejected_unless_the_contract_allows_it(make_example: MakeExample) -> None:
    plan = full(make_example())
    plan.deliver("members_2026-01-01.csv", csv("1,a"))
    plan.deliver("members_2026-01-02.csv", csv())
    assert [each.delivery.delivery_date.day for each in plan.land().rejected] == [2]
    full(plan, allow_empty=True)
    plan.deliver("members_2026-01-04.csv", csv("1,a"))
    plan.run()
    assert plan.history() == [("1", "a", 1, 2), ("1", "a", 4, None)]
    plan.deliver("members_2026-01-05.json", "[]")
    plan.deliver("members_2026-01-06.csv", csv(RAGGED))
    plan.run()
    assert plan.history() == [("1", "a", 1, 2), ("1", "a", 4, 5)]


def test_a_full_delivery_of_lines_that_are_no_rows_deletes_nothing(make_example: MakeExample) -> None:
    plan = full(make_example(), allow_empty=True)
    plan.deliver("members_2026-01-01.csv", csv("1,a", "2,a"))
    plan.deliver("members_2026-01-02.csv", csv(RAGGED, RAGGED))
    plan.deliver("members_2026-01-01.csv", csv(RAGGED))
    plan.run()
    assert plan.history() == [("1", "a", 1, None), ("2", "a", 1, None)]
    assert plan.classes() == {"version": 2}


def test_a_ragged_line_deletes_no_key_until_the_next_whole_delivery(make_example: MakeExample) -> None:
    plan = full(make_example())
    plan.deliver("members_2026-01-01.csv", csv("1,a", "2,a", "3,a"))
    plan.run()
    plan.deliver("members_2026-01-02.csv", csv("1,b", RAGGED, "4,a"))
    plan.run()
    kept = [("1", "a", 1, 2), ("1", "b", 2, None), ("2", "a", 1, None), ("3", "a", 1, None), ("4", "a", 2, None)]
    assert plan.history() == kept
    (counted,) = summarize(plan.home).tables
    assert (counted.rejects, counted.undeleting) == (1, 1)
    plan.deliver("members_2026-01-03.csv", csv("1,b", "2,a", "4,a"))
    plan.run()
    assert plan.history() == [row if row[0] != "3" else ("3", "a", 1, 3) for row in kept]


def test_a_late_whole_delivery_after_torn_ones_deletes_what_the_last_whole_one_held(make_example: MakeExample) -> None:
    plan = full(make_example())
    for day, lines in ((1, ("1,a", "2,a")), (2, ("1,a", RAGGED)), (3, ("1,b", RAGGED)), (6, ("1,b",))):
        plan.deliver(f"members_2026-01-{day:02}.csv", csv(*lines))
    plan.run()
    assert plan.history() == [("1", "a", 1, 3), ("1", "b", 3, None), ("2", "a", 1, 6)]
    plan.deliver("members_2026-01-04.csv", csv("1,b"))
    plan.run()
    assert plan.history() == [("1", "a", 1, 3), ("1", "b", 3, None), ("2", "a", 1, 4)]


def test_a_contract_may_say_that_absent_is_deleted_despite_lines_that_are_no_rows(make_example: MakeExample) -> None:
    plan = full(make_example())
    plan.deliver("members_2026-01-01.csv", csv("1,a", "2,a", "TRAILER 2"))
    plan.deliver("members_2026-01-02.csv", csv("1,a", "TRAILER 1"))
    plan.run()
    assert plan.history() == [("1", "a", 1, None), ("2", "a", 1, None)]
    full(plan, delete_despite_rejects=True)
    plan.run()
    assert plan.history() == [("1", "a", 1, None), ("2", "a", 1, 2)]
    assert summarize(plan.home).tables[0].undeleting == 0


Sent = tuple[int, list[tuple[str, str]], bool]
"""Day, rows, and whether a line is torn."""


def told(sent: list[Sent]) -> list[tuple[Any, ...]]:
    """The history by the rules in words: plain Python over all deliveries, in order of day and arrival."""
    history, live = [], {}
    for day, of_day in groupby(
        sorted((each for each in sent if each[1]), key=lambda each: each[0]), lambda each: each[0]
    ):
        _, rows, is_torn = list(of_day)[-1]
        present = {key for key, _ in rows}
        valid = {key: value or None for key, value in rows if value != "x"}
        gone = [] if is_torn else [key for key in live if key not in present]
        changed = [key for key in valid if key in live and live[key][0] != valid[key]]
        history += [(key, *live.pop(key), day) for key in (*gone, *changed)]
        live |= {key: (value, day) for key, value in valid.items() if key not in live}
    return [*history, *((key, *state, None) for key, state in live.items())]


def sent_by_chance(random: Random) -> list[Sent]:
    def rows() -> list[tuple[str, str]]:
        keys = random.choices(range(30), k=random.choice((0, 12, 20)))
        return [(str(key), random.choice(("a", "a", "b", "x", ""))) for key in keys]

    return [(day, rows(), random.random() < 0.4) for day in random.choices(range(1, 10), k=12)]


@effort(1, 5, shrinks=False)
@given(seed=st.integers(0, 2**32 - 1))
def test_full_deliveries_in_any_order_and_any_batches_give_what_the_plain_account_says(
    make_example: MakeExample, contents: Callable[..., dict[str, list[str]]], tried: Callable[[], None], seed: int
) -> None:
    tried()
    random = Random(seed)
    sent = sent_by_chance(random)
    plan = full(make_example())
    for day, rows, is_torn in sent:
        lines = [",".join(row) for row in rows]
        plan.deliver(f"members_2026-01-{day:02}.csv", csv(*lines, *([RAGGED] if is_torn else [])))
    landed = [outcome.delivery for outcome in plan.land().landed]
    random.shuffle(landed)
    for batch in (landed[:-4], landed[-4:-2], landed[-2:-1], landed[-1:]):
        plan.load(batch)
        plan.transform()
    assert sorted(plan.history(), key=str) == sorted(told(sent), key=str)

    in_batches = contents(plan.home)
    plan.transform(full_refresh=True)
    assert contents(plan.home) == in_batches


@pytest.mark.parametrize("is_torn", [False, True])
def test_the_plain_account_deletes_only_by_whole_deliveries(is_torn: bool) -> None:
    sent: list[Sent] = [(1, [("1", "a"), ("2", "a")], False), (2, [("1", "a")], is_torn), (3, [("1", "a")], False)]
    assert told(sent) == [("2", "a", 1, 3 if is_torn else 2), ("1", "a", 1, None)]
