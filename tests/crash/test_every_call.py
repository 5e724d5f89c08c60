"""A process that ends at any one call into landing zone, ledger or warehouse; running again makes up for it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from deliveries import FILES, account, land_and_load, of_few_tables, put_all
from faulty import Crash, Fault, FaultyHome, When

from healthcare_elt.landing import Outcome
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.transform import is_up_to_date, transform

MakeHome = Callable[..., Home]


@pytest.fixture(scope="module")
def undisturbed(module_home: MakeHome) -> dict[str, Any]:
    home = of_few_tables(module_home("undisturbed"))
    put_all(home)
    land_and_load(home)
    expected = account(home)
    assert [state.state for state in expected["ledger"]] == ["loaded", "loaded", "rejected", "loaded"]
    assert expected["repeats"] == ["patients_again_2026-01-02.csv", "providers.csv"]
    assert expected["bronze"]["bronze.icon_health__patients__rejects"]
    assert expected["unfinished"] == expected["differences"] == []
    return expected


def interrupted(work: Callable[[], object]) -> None:
    """The work as far as it comes; what it held is given back, as by the end of its process."""
    try:
        work()
    except Crash as crash:
        traceback.clear_frames(crash.__traceback__)


@pytest.mark.parametrize("when", ["before", "after"])
def test_land_and_load_stopped_at_any_call_and_run_again(
    home: MakeHome, undisturbed: dict[str, Any], when: When, tmp_path: Path
) -> None:
    for number in count(1):
        made = of_few_tables(home(f"stopped-{number}"))
        put_all(made)
        fault = Fault(at=number, when=when)
        interrupted(partial(land_and_load, of_few_tables(FaultyHome(made.settings, fault))))
        land_and_load(made)
        assert account(made) == undisturbed, f"stopped {when} call {number}, {fault.calls[-1]}"
        if not fault.struck:
            break
    print(f"{number - 1} calls, each stopped once {when} it was made")
    assert number > 60


def test_a_transformation_that_the_ledger_has_not_heard_of_is_told_by_the_next(home: MakeHome) -> None:
    made = home()
    put_all(made)
    land_and_load(made)
    stopped = FaultyHome(made.settings, Fault(at=1, of="Ledger.append"))
    interrupted(lambda: list(transform(stopped, run_id="stopped")))
    assert stopped.fault.struck
    assert {state.quarantined for state in made.ledger.deliveries()} == {None}
    assert not is_up_to_date(made)
    assert {result.status for result in transform(made, run_id="run")} <= {"success", "pass", "warn"}
    assert is_up_to_date(made)
    assert {state.name: state.quarantined for state in made.ledger.deliveries() if state.quarantined} == {
        "patients_2026-01-02.csv": 1,
        "patients_2026-01-03.csv": 1,
    }


def test_landing_left_between_any_two_outcomes_and_run_again(home: MakeHome, undisturbed: dict[str, Any]) -> None:
    for number in range(1, len(FILES) + 1):
        made = of_few_tables(home(f"left-{number}"))
        put_all(made)
        seen: list[Outcome] = []

        def leave(outcome: Outcome, seen: list[Outcome] = seen, number: int = number) -> None:
            seen.append(outcome)
            if len(seen) == number:
                raise Crash

        interrupted(partial(land_deliveries, made, run_id="left", on_outcome=leave))
        assert len(seen) == number
        land_and_load(made)
        assert account(made) == undisturbed
