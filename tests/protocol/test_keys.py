"""Keys as senders write them: in changing spelling, and with parts that are null."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from example import MakeExample


def test_a_key_that_changes_its_spelling_stays_one_key(make_example: MakeExample) -> None:
    plan = make_example()
    number, value = {"name": "number", "data_type": "integer"}, {"name": "value"}
    id_ = {"name": "id", "required": True, "case": "upper", "pattern": "[A-ZÉ]+"}
    plan.contract([id_, number, value], key=["id", "number"], delivers="full")
    plan.deliver("members_2026-01-01.csv", "id,number,value\nabc,007,a\nÉa,1,a\n")
    plan.deliver("members_2026-01-02.csv", "id,number,value\nABC ,7,a\néA,1,B\n")
    plan.deliver("members_2026-01-03.csv", "id,number,value\nAbc,+7,A\n")
    plan.run()
    assert plan.history("id", "number", "value") == [
        ("ABC", 7, "A", 3, None),
        ("ABC", 7, "a", 1, 3),
        ("ÉA", 1, "B", 2, 3),
        ("ÉA", 1, "a", 1, 2),
    ]
    assert plan.classes() == {"version": 4, "repeat": 1, "tombstone": 1}
    assert plan.rows("select id from bronze.plan__members order by _arrival, _row_number")[0] == ("abc",)


@pytest.mark.parametrize("delivers", ["changes", "full"])
def test_a_part_of_a_key_that_is_null_is_a_value_like_any_other(
    make_example: MakeExample, contents: Callable[..., dict[str, list[str]]], delivers: str
) -> None:
    plan = make_example()
    plan.contract(
        [{"name": "id"}, {"name": "day", "data_type": "date"}, {"name": "value"}],
        key=["id", "day"], delivers=delivers,
    )  # fmt: skip
    plan.deliver("members_2026-01-01.csv", "id,day,value\na,2020-01-01,1\na,,1\n,2020-01-01,1\n,,1\n")
    plan.deliver("members_2026-01-05.csv", "id,day,value\na,2020-01-01,1\n ,2020-01-01,5\n,,5\na,,1\n")
    plan.run()
    assert plan.history("id", "day is null", "value") == [
        ("a", False, "1", 1, None),
        ("a", True, "1", 1, None),
        (None, False, "1", 1, 5),
        (None, False, "5", 5, None),
        (None, True, "1", 1, 5),
        (None, True, "5", 5, None),
    ]
    plan.deliver("members_2026-01-03.csv", "id,day,value\n,,5\na,,3\na,,3\n")
    plan.deliver("members_2026-01-06.csv", "id,day,value\n,,6\n")
    plan.run()
    in_two_runs = contents(plan.home)
    open_null = [row for row in plan.history("id", "day is null", "value") if row[:2] == (None, True)]
    assert open_null == [(None, True, "1", 1, 3), (None, True, "5", 3, 6), (None, True, "6", 6, None)]
    assert plan.rows("select versions from gold.member_days where id is null and day is null") == [(3,)]
    tombstones = 5 if delivers == "full" else 0
    assert plan.classes().get("tombstone", 0) == tombstones
    plan.transform(full_refresh=True)
    assert contents(plan.home) == in_two_runs


MEMBER_PEERS = """
{{ config(materialized='keyed', unique_key='id', meta={'touched_by': {
    'plan__members': [['id'], {'on': ['value'], 'through': 'plan__members_current'}],
}}) }}
select mine.id, count(*) as peers
from {{ ref('plan__members_current') }} as mine
join {{ ref('plan__members_current') }} as theirs on theirs.value is not distinct from mine.value
where {{ only_touched('member_peers', ['mine.id']) }}
group by mine.id
"""


def test_rows_that_a_null_joins_are_touched_through_the_table_that_holds_both(make_example: MakeExample) -> None:
    plan = make_example()
    plan.model("member_peers", MEMBER_PEERS)
    plan.deliver("members_2026-01-01.csv", "id,value\n1,\n2,a\n3,\n")
    plan.run()
    assert plan.rows("select * from gold.member_peers order by id") == [("1", 2), ("2", 1), ("3", 2)]
    plan.deliver("members_2026-01-02.csv", "id,value\n2,\n4,b\n")
    plan.run()
    assert plan.rows("select * from gold.member_peers order by id") == [("1", 3), ("2", 3), ("3", 3), ("4", 1)]
