"""What a contract rejected is looked at again when it is another one, and lands at its own place in history."""

from __future__ import annotations

import gzip
from datetime import date

import pytest
from example import Example, MakeExample

from healthcare_elt.landing import LandingError
from healthcare_elt.ledger import DeliveryState
from healthcare_elt.pipeline.pending import pending

ID = {"name": "id", "required": True}
NEEDED = ({"name": "id", "required": True}, {"name": "value", "required": True})


def ledger(plan: Example) -> list[DeliveryState]:
    return plan.home.ledger.deliveries()


def test_a_missing_column_that_is_an_alias_after_all_lets_the_delivery_in_at_its_own_date(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract(NEEDED)
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    plan.deliver("members_2026-01-03.ndjson", '{"id": "1", "Worth": "b"}\n')
    plan.deliver("members_2026-01-05.csv", "id,value\n1,c\n")
    plan.run()
    rejected = ledger(plan)[1]
    assert (rejected.state, plan.history()) == ("rejected", [("1", "a", 1, 5), ("1", "c", 5, None)])
    assert not pending(plan.home)

    plan.contract([ID, NEEDED[1] | {"aliases": ["worth"]}])
    assert pending(plan.home).keys() == {date(2026, 1, 3)}
    report = plan.run()
    assert [landed.delivery.delivery_id for landed in report.landed] == [rejected.delivery_id]
    assert plan.history() == [("1", "a", 1, 3), ("1", "b", 3, 5), ("1", "c", 5, None)]
    taken = ledger(plan)[1]
    assert (taken.state, taken.reason, taken.arrival) == ("loaded", None, rejected.arrival)
    assert taken.delivery and taken.delivery.columns == ("id", "value"), "a warehouse built anew would not load it"
    assert not pending(plan.home)


@pytest.mark.parametrize(
    ("before", "content", "after"),
    [
        ({"on_new_column": "reject"}, "id,value,more\n1,a,x\n", {"on_new_column": "ignore"}),
        ({"delivers": "full"}, "id,value\n", {"delivers": "full", "allow_empty": True}),
        ({"effective_at": "day"}, "id,value\n1,a\n", {}),
        ({"op_column": "value"}, "id\n1\n", {}),
    ],
    ids=["a new column", "no rows", "no moment", "no operation"],
)
def test_whatever_the_contract_rejected_it_may_take(
    make_example: MakeExample, before: dict, content: str, after: dict
) -> None:
    columns = (ID, {"name": "value"}, {"name": "day", "data_type": "date"})
    plan = make_example()
    plan.contract(columns, **before)
    plan.deliver("members_2026-01-01.csv", content)
    assert [bool(each.reason) for each in plan.land().rejected] == [True]
    plan.contract(columns, **after)
    assert [each.delivery.arrival for each in plan.land().landed] == [1]


def test_what_another_contract_rejects_too_is_told_once_with_the_reason_of_now(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NEEDED)
    plan.deliver("members_2026-01-01.csv", "number\n1\n")
    plan.land()
    assert "has no columns id, value" in str(ledger(plan)[0].reason)
    plan.contract([ID | {"aliases": ["number"]}, NEEDED[1]])
    assert len(plan.land().rejected) == 1
    assert "has no column value" in str(ledger(plan)[0].reason)
    events = plan.home.ledger.events()
    assert plan.land().rejected == []
    plan.contract([ID | {"aliases": ["number"]}, NEEDED[1] | {"pattern": "[a-z]"}], files="members_*")
    assert plan.land().rejected == []
    assert plan.home.ledger.events() == events
    plan.contract(NEEDED)
    plan.land()
    assert "has no columns id, value" in str(ledger(plan)[0].reason)
    assert plan.land().rejected == []


def test_a_damaged_file_stays_rejected_whatever_the_contract_says(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NEEDED)
    plan.deliver("members_2026-01-01.csv", b"id,value\n1,\0\n")
    plan.deliver("members_2026-01-02.csv.gz", gzip.compress(b"id,value\n1,a\n" * 99)[:-9])
    plan.deliver("members_2026-01-03.csv", "id,id,value\n1,1,a\n")
    plan.land()
    events = plan.home.ledger.events()
    plan.contract([ID, {"name": "value", "aliases": ["other"]}])
    assert not pending(plan.home)
    plan.land()
    assert plan.home.ledger.events() == events
    assert {state.state for state in ledger(plan)} == {"rejected"}


def test_a_file_that_left_the_landing_zone_stops_the_run_with_a_sentence(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(NEEDED)
    plan.deliver("members_2026-01-01.csv", "id\n1\n")
    plan.land()
    (plan.home.settings.landing / ledger(plan)[0].landing_key).unlink()
    plan.contract()
    with pytest.raises(
        LandingError,
        match=r"cannot be read from the landing zone as it was delivered; restore it .* or withdraw delivery",
    ):
        plan.land()
    assert ledger(plan)[0].state == "rejected"
