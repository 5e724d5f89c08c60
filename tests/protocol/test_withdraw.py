"""A delivery that is withdrawn never came; one that is restored was never gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from example import Example, MakeExample
from typer.testing import CliRunner, Result

from healthcare_elt.cli import ledger
from healthcare_elt.ledger import DeliveryState, repair, verify
from healthcare_elt.pipeline.errors import is_configuration
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.summary import summarize
from healthcare_elt.pipeline.transform import is_up_to_date
from healthcare_elt.pipeline.withdraw import UnknownDelivery, named, restore, withdraw

Contents = Callable[..., dict[str, list[str]]]
NUMBERED = ("_arrival",)
"""A home where a delivery never came counts its arrivals without it."""
KINDS = {
    "changes": {},
    "full": {"delivers": "full"},
    "operations": {"op_column": "op"},
}
COLUMNS = ({"name": "op"}, {"name": "id", "required": True}, {"name": "value", "pattern": "[a-c]"})


def files_by_chance(random: Random) -> list[tuple[str, str]]:
    """Name and content of each delivery, in order of arrival; some are for the same date."""

    def row() -> str:
        return f"{random.choice('IUUD')},{random.randrange(12)},{random.choice(('a', 'b', 'b', 'c', 'x', ''))}"

    return [
        (f"members_2026-01-{day:02}.csv", "\n".join(["op,id,value", *(row() for _ in range(random.randint(4, 9))), ""]))
        for day in random.choices(range(1, 8), k=12)
    ]


def taken(plan: Example, kind: str, files: list[tuple[str, str]]) -> Example:
    plan.contract(COLUMNS, **KINDS[kind])
    for name, content in files:
        plan.deliver(name, content)
    plan.run()
    return plan


def states(plan: Example) -> list[DeliveryState]:
    return plan.home.ledger.deliveries()


@pytest.mark.parametrize("kind", KINDS)
def test_history_is_as_if_it_had_never_come_and_restoring_gives_back_what_was(
    make_example: MakeExample, contents: Contents, kind: str
) -> None:
    files = files_by_chance(Random(kind))
    gone = Random(kind).sample(range(len(files)), 2 if kind == "full" else 1)
    plan = taken(make_example("without"), kind, [file for number, file in enumerate(files) if number not in gone])
    without = contents(plan.home, without=NUMBERED)

    plan = taken(make_example(), kind, files)
    whole = contents(plan.home)
    assert without != contents(plan.home, without=NUMBERED)
    mine = [states(plan)[number].delivery_id for number in gone]
    for delivery in mine:
        withdraw(plan.home, delivery, "sent by mistake")
    assert contents(plan.home, without=NUMBERED) == without
    for delivery in mine:
        restore(plan.home, delivery)
    assert contents(plan.home) == whole
    assert verify(plan.home.ledger, log(plan), plan.home.zone) == []


def log(plan: Example):
    with plan.home.warehouse(read_only=True) as warehouse:
        return warehouse.load_log()


@pytest.fixture
def plan(make_example: MakeExample) -> Example:
    """Two full deliveries for one day have landed; the later one, which supersedes the other, was a mistake."""
    made = make_example()
    made.contract(delivers="full")
    made.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    made.deliver("members_2026-01-01.csv", "id,value\n2,b\n3,b\n")
    made.land()
    return made


def command(*arguments: str) -> Result:
    return CliRunner().invoke(ledger.app, arguments)


def test_the_command_says_what_became_of_it_and_status_and_ledger_show_it(plan: Example) -> None:
    plan.run()
    first, second = states(plan)
    assert (first.superseded, plan.history()) == (True, [("2", "b", 1, None), ("3", "b", 1, None)])
    done = command("withdraw", second.delivery_id[:8], "--reason", "the wrong members")
    assert done.exit_code == 0, done.output
    assert done.output == (
        "plan.members: 002/members_2026-01-01.csv for 2026-01-01 is withdrawn; its 2 rows count nowhere.\n"
    )
    assert plan.history() == [("1", "a", 1, None)]
    shown = json.loads(command("show", "--state", "withdrawn", "--json").output)
    assert [(each["delivery_id"], each["reason"]) for each in shown] == [(second.delivery_id, "the wrong members")]
    assert "withdrawn: the wrong members" in command("show").output
    assert not states(plan)[0].superseded
    (counted,) = summarize(plan.home).tables
    assert (counted.deliveries, counted.withdrawn, counted.rows, counted.classes["version"]) == (2, 1, 1, 1)
    assert not pending(plan.home)
    assert is_up_to_date(plan.home)

    again = command("withdraw", second.delivery_id, "--reason", "twice")
    assert "is withdrawn already" in again.output
    assert states(plan)[1].reason == "the wrong members"
    back = command("restore", second.delivery_id)
    assert "is restored; its 2 rows count." in back.output
    assert (states(plan)[0].superseded, states(plan)[1].state) == (True, "loaded")


def test_the_same_bytes_sent_again_do_not_revive_it(plan: Example) -> None:
    withdraw(plan.home, states(plan)[1].delivery_id, "wrong")
    plan.deliver("members_2026-01-01.csv", "id,value\n2,b\n3,b\n")
    report = plan.run()
    assert [repeated.delivery_id for repeated in report.repeated] == [states(plan)[1].delivery_id]
    assert states(plan)[1].state == "withdrawn"
    assert plan.history() == [("1", "a", 1, None)]


def test_an_id_that_names_no_delivery_or_two_is_one_sentence(plan: Example) -> None:
    short = states(plan)[0].delivery_id[:5]
    said_of_short = "is too short for the id of a delivery; write at least 6 letters of it, as `healthcare-elt"
    for given, said in (
        ("nobody", "There is no delivery 'nobody'"),
        ("9", f"'9' {said_of_short}"),
        (short, f"'{short}' {said_of_short}"),
        ("", f"'' {said_of_short}"),
    ):
        error = command("withdraw", given, "--reason", "x").exception
        assert isinstance(error, UnknownDelivery)
        assert is_configuration(error)
        assert str(error).startswith(said)
    assert str(command("restore", short).exception).startswith(f"'{short}' {said_of_short}")
    twins = [replace(states(plan)[0], delivery_id=f"abcdef{letter}") for letter in "12"]
    with pytest.raises(UnknownDelivery, match="2 deliveries begin with abcdef"):
        named("abcdef", twins)
    assert command("withdraw", states(plan)[0].delivery_id, "--reason", " ").exit_code == 2


def test_a_delivery_that_has_landed_and_is_withdrawn_is_never_loaded_until_it_is_restored(plan: Example) -> None:
    load_deliveries(plan.home, run_id="run")
    plan.deliver("members_2026-01-02.csv", "id,value\n9,z\n")
    plan.land()
    late = states(plan)[-1]
    assert pending(plan.home).keys() == {late.delivery_date}
    done = command("withdraw", late.delivery_id, "--reason", "wrong")
    assert done.output.endswith("is withdrawn; it was never loaded.\n")
    assert not pending(plan.home)
    assert load_deliveries(plan.home, run_id="run").loaded == []
    done = command("restore", late.delivery_id)
    assert done.output.endswith("is restored; it is landed, and the next run looks at it.\n")
    plan.run()
    assert plan.history()[-1] == ("9", "z", 2, None)


def test_a_home_without_a_warehouse_withdraws_too(make_example: MakeExample) -> None:
    plan = make_example()
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    plan.land()
    assert withdraw(plan.home, states(plan)[0].delivery_id, "wrong").delivery.state == "withdrawn"
    assert not plan.home.settings.warehouse.exists()


def test_a_rejected_delivery_that_is_restored_is_rejected_still(plan: Example) -> None:
    plan.deliver("members_2026-01-02.csv", "id,value\n")
    plan.land()
    rejected = states(plan)[-1]
    withdraw(plan.home, rejected.delivery_id, "wrong")
    assert restore(plan.home, rejected.delivery_id).delivery == rejected


def test_a_withdrawal_killed_between_load_log_and_ledger_is_finished_by_the_next_run(plan: Example) -> None:
    plan.run()
    second = states(plan)[1].delivery_id
    at = datetime.now(UTC)
    with plan.home.lock(), plan.home.warehouse() as warehouse:
        warehouse.mark_withdrawn(second, at, "the wrong members")
    (found,) = verify(plan.home.ledger, log(plan), plan.home.zone)
    assert (found.kind, found.delivery_id, found.repairable) == ("withdrawn, not in the ledger", second, True)
    assert not is_up_to_date(plan.home)
    plan.run()
    assert verify(plan.home.ledger, log(plan), plan.home.zone) == []
    now = states(plan)[1]
    assert (now.state, now.reason, now.withdrawn_at) == ("withdrawn", "the wrong members", at)
    assert plan.history() == [("1", "a", 1, None)]

    with plan.home.lock(), plan.home.warehouse() as warehouse:
        warehouse.mark_withdrawn(second, None, None)
    (found,) = verify(plan.home.ledger, log(plan), plan.home.zone)
    assert (found.kind, found.repairable) == ("withdrawn, not in the load log", True)
    assert [event.event for event in repair(plan.home.ledger, log(plan), plan.home.zone)] == ["restored"]
    assert repair(plan.home.ledger, log(plan), plan.home.zone) == []
    assert states(plan)[1].state == "loaded"


def test_a_withdrawn_delivery_stays_out_of_a_warehouse_that_is_built_anew(plan: Example) -> None:
    load_deliveries(plan.home, run_id="run")
    withdraw(plan.home, states(plan)[1].delivery_id, "wrong")
    plan.home.settings.warehouse.unlink()
    plan.run()
    assert plan.history() == [("1", "a", 1, None)]
    restore(plan.home, states(plan)[1].delivery_id)
    plan.run()
    assert plan.history() == [("2", "b", 1, None), ("3", "b", 1, None)]
