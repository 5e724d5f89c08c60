"""`changes` deliveries with an operation column: I and U are versions, D deletes, in whatever order they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from random import Random
from typing import Any

from effort import effort
from example import Example, MakeExample
from hypothesis import given
from hypothesis import strategies as st

COLUMNS = (
    {"name": "op"},
    {"name": "id", "required": True},
    {"name": "value"},
    {"name": "amount", "data_type": "integer", "min": 0},
)
DAYS, KEYS = 6, 40
OPERATIONS = ("I", "i", "U", "u", "U", "D", "D", "d", "X", "")

Row = tuple[str, str, str, str]


def with_operations(plan: Example) -> Example:
    plan.contract(COLUMNS, op_column="op")
    return plan


def csv(rows: list[Row]) -> str:
    return "".join(",".join(row) + "\n" for row in [("op", "id", "value", "amount"), *rows])


def test_a_deletion_is_a_version_that_leads_back_to_its_row_and_needs_no_more_than_the_key(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract([COLUMNS[0], COLUMNS[1], {"name": "value", "required": True}, COLUMNS[3]], op_column="op")
    plan.deliver("members_2026-01-01.csv", "op,id,value,amount\nI,1,a,5\ni,2,b,\n")
    plan.deliver("members_2026-01-02.csv", "op,id,value,amount\nd,1,,-1\nU,2,b,\n")
    plan.deliver("members_2026-01-03.csv", "op,id,value,amount\nD,1,,\nD,3,,\n,2,b,1\nX,2,b,1\nD,,,\n")
    plan.deliver("members_2026-01-04.csv", "op,id,value,amount\nU,1,a,5\n")
    plan.run()
    assert plan.rows(
        "select op, id, value, amount, _is_deleted, day(_delivery_date), _row_number from silver.plan__members "
        "order by id, _effective_at"
    ) == [
        ("I", "1", "a", 5, False, 1, 1),
        ("D", "1", None, None, True, 2, 1),
        ("U", "1", "a", 5, False, 4, 1),
        ("I", "2", "b", None, False, 1, 2),
    ]
    assert plan.rows("select id, _row_number from silver.plan__members_rows where _class = 'repeat' order by all") == [
        ("1", 1),
        ("2", 2),
        ("3", 2),
    ]
    assert plan.rows("select op, id, reasons from quarantine.plan__members order by all") == [
        ("D", None, "id.required"),
        ("X", "2", "op.allowed"),
        (None, "2", "op.allowed"),
    ]
    assert plan.history("id", "value") == [("1", "a", 1, 2), ("1", "a", 4, None), ("2", "b", 1, None)]
    assert plan.rows(
        "select sum(bronze_rows), sum(versions), sum(repeats), sum(quarantined) from curated.data_health"
    ) == [(10, 4, 3, 3)]


def test_at_one_moment_the_last_row_says_whether_the_key_is_there(make_example: MakeExample) -> None:
    plan = with_operations(make_example())
    plan.deliver("members_2026-01-01.csv", "op,id,value,amount\nD,1,,\nI,1,a,\nI,2,a,\nD,2,b,1\nI,3,a,\nI,4,a,\n")
    plan.deliver("members_2026-01-02.csv", "op,id,value,amount\nD,3,,\nD,4,x,1\nD,4,y,2\n")
    plan.deliver("members_2026-01-02.csv", "op,id,value,amount\nI,3,b,\n")
    plan.run()
    assert plan.history("id", "value") == [("1", "a", 1, None), ("3", "a", 1, 2), ("3", "b", 2, None), ("4", "a", 1, 2)]
    assert plan.classes() == {"version": 5, "superseded": 3, "repeat": 2}


def test_a_file_without_the_operation_column_is_rejected(make_example: MakeExample) -> None:
    plan = with_operations(make_example())
    plan.deliver("members_2026-01-01.csv", "id,value,amount\n1,a,5\n")
    (rejected,) = plan.land().rejected
    assert "has no column op in its header" in rejected.reason


@dataclass
class Told:
    """What must become of the rows: plain Python, one key at a time, no SQL and no increments."""

    classes: Counter = field(default_factory=Counter)
    history: list[tuple[Any, ...]] = field(default_factory=list)


def told(sent: list[tuple[int, list[Row]]]) -> Told:
    """Of the deliveries with their days, in order of day and arrival."""
    result = Told()
    rows = [(day, *row) for day, each in sorted(sent, key=lambda one: one[0]) for row in each]
    for key, of_key in groupby(sorted(rows, key=lambda row: row[2]), lambda row: row[2]):
        state, since = None, 0
        for day, of_day in groupby(of_key, lambda row: row[0]):
            valid = []
            for _, op, _, value, amount in of_day:
                new = None if op.upper() == "D" else (value or None, int(amount) if amount else None)
                if op.upper() not in ("I", "U", "D") or (new and (new[1] or 0) < 0):
                    result.classes["quarantined"] += 1
                else:
                    valid.append(new)
            if not valid:
                continue
            *others, winner = valid
            result.classes.update("repeat" if other == winner else "superseded" for other in others)
            result.classes["repeat" if winner == state else "version"] += 1
            if winner != state:
                if state:
                    result.history.append((key, *state, since, day))
                state, since = winner, day
        if state:
            result.history.append((key, *state, since, None))
    return result


def sent_by_chance(random: Random) -> list[tuple[int, list[Row]]]:
    """Deliveries in order of arrival, each with its day; every key has a history of its own."""

    def row() -> Row:
        value, amount = random.choice(("a", "a", "b", "")), random.choice(("1", "-1", ""))
        return random.choice(OPERATIONS), str(random.randrange(KEYS)), value, amount

    return [(random.randint(1, DAYS), [row() for _ in range(random.randint(1, 40))]) for _ in range(12)]


@effort(1, 5, shrinks=False)
@given(seed=st.integers(0, 2**32 - 1))
def test_operations_in_any_order_and_any_batches_give_what_the_plain_account_says(
    make_example: MakeExample, contents: Callable[..., dict[str, list[str]]], tried: Callable[[], None], seed: int
) -> None:
    tried()
    random = Random(seed)
    sent = sent_by_chance(random)
    plan = with_operations(make_example())
    for day, rows in sent:
        plan.deliver(f"members_2026-01-{day:02}.csv", csv(rows))
    landed = [outcome.delivery for outcome in plan.land().landed]
    random.shuffle(landed)
    for batch in (landed[:3], landed[3:4], landed[4:]):
        plan.load(batch)
        plan.transform()

    expected = told(sent)
    assert plan.classes() == expected.classes
    found = plan.history("id", "value", "amount")
    assert sorted(found, key=str) == sorted(expected.history, key=str)
    current = plan.rows("select id, value, amount from silver.plan__members_current")
    assert sorted(current, key=str) == sorted((row[:3] for row in expected.history if row[-1] is None), key=str)

    in_batches = contents(plan.home)
    plan.transform(full_refresh=True)
    assert contents(plan.home) == in_batches
