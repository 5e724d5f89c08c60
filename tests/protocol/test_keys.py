"""Keys as senders write them: in changing spelling, and with parts that are null."""

from __future__ import annotations

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


def test_rules_see_a_text_in_its_case(make_example: MakeExample) -> None:
    plan = make_example()
    id_, value = {"name": "id", "required": True}, {"name": "value", "case": "lower", "allowed": ["yes", "no"]}
    plan.contract([id_, value])
    plan.deliver("members_2026-01-01.csv", "id,value\n1,YES\n2,No\n3,Maybe\n")
    plan.run()
    assert plan.history() == [("1", "yes", 1, None), ("2", "no", 1, None)]
    assert plan.rows("select id, value, reasons from quarantine.plan__members") == [("3", "Maybe", "value.allowed")]
