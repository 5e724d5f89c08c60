"""Segments of the ledger cut short, emptied or deleted: verify says so, and a repair or a run brings all back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deliveries import account, land_and_load, of_few_tables, put_all
from typer.testing import CliRunner

from healthcare_elt.cli import ledger as commands
from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.mend import differences, mend
from healthcare_elt.pipeline.pending import pending

MakeHome = Callable[..., Home]
Damage = Callable[[Path], None]

DAMAGES: dict[str, Damage] = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": Path.unlink,
}
WHICH: dict[str, Callable[[list[Path]], list[Path]]] = {
    "one between": lambda segments: segments[2:3],
    "the last": lambda segments: segments[-1:],
    "several": lambda segments: segments[1:4],
    "all": lambda segments: segments,
}


def segments(home: Home) -> list[Path]:
    return sorted(home.settings.ledger.glob("[0-9]*.parquet"))


def plain(home: Home) -> list[DeliveryState]:
    """Without what only the ledger knew: moments, runs, and files that were no delivery."""
    nothing: dict[str, Any] = dict.fromkeys(("landed_at", "loaded_at", "rejected_at", "run_id"))
    return [replace(state, repeated=0, **nothing) for state in home.ledger.deliveries()]


@pytest.fixture(scope="module")
def whole(module_home: MakeHome) -> Home:
    """Loaded, rejected and landed deliveries, told in several segments."""
    home = of_few_tables(module_home("whole"))
    put_all(home)
    for day in sorted(pending(home), reverse=True):
        land_deliveries(home, dates={day}, run_id="run")
        load_deliveries(home, dates={day}, tables=["icon_health.patients"], run_id="run")
    assert {state.state for state in home.ledger.deliveries()} == {"loaded", "rejected", "landed"}
    assert len(segments(home)) >= 5
    assert differences(home, hashes=True) == []
    return home


@pytest.fixture(params=WHICH)
def which(request: pytest.FixtureRequest) -> Callable[[list[Path]], list[Path]]:
    return WHICH[request.param]


@pytest.fixture(params=DAMAGES)
def damaged(
    request: pytest.FixtureRequest, whole: Home, home: MakeHome, which: Callable[[list[Path]], list[Path]]
) -> Home:
    """A copy of the home, with damage."""
    made = of_few_tables(home("damaged"))
    shutil.copytree(whole.settings.home, made.settings.home, dirs_exist_ok=True)
    for path in which(segments(made)):
        DAMAGES[request.param](path)
    return made


def test_verify_says_so_and_repair_brings_every_delivery_back(whole: Home, damaged: Home) -> None:
    found = differences(damaged)
    lost = {state.delivery_id for state in whole.ledger.deliveries()}
    lost -= {state.delivery_id for state in damaged.ledger.deliveries()}
    assert lost <= {difference.delivery_id for difference in found}
    assert found
    assert all(difference.repairable and difference.sentence.endswith("--repair`.") for difference in found)
    broken = set(damaged.ledger.unreadable_segments())
    content = {name: (damaged.settings.ledger / name).read_bytes() for name in broken}
    said = CliRunner().invoke(commands.app, ["verify"])
    assert said.exit_code == 1
    assert all(name in said.output.replace("\n", "") for name in broken)

    assert set(mend(damaged).set_aside) == broken
    assert plain(damaged) == plain(whole)
    assert differences(damaged, hashes=True) == []
    assert {name: (damaged.settings.ledger / f".{name}.damaged").read_bytes() for name in broken} == content
    assert CliRunner().invoke(commands.app, ["verify", "--hashes"]).exit_code == 0
    assert mend(damaged).events == 0


def test_a_run_before_the_repair_gives_what_it_would_have_given(whole: Home, damaged: Home, home: MakeHome) -> None:
    for name, rows in (("patients_2026-01-04.csv", "P9,F,1990-01-01"), ("patients_2026-01-01.csv", "P8,M,1991-01-01")):
        (damaged.settings.inbox / "icon_health" / name).write_text(f"patient_id,gender,birth_date\n{rows}\n")
    untouched = of_few_tables(home("untouched"))
    shutil.copytree(whole.settings.home, untouched.settings.home, dirs_exist_ok=True)
    shutil.copytree(damaged.settings.inbox, untouched.settings.inbox, dirs_exist_ok=True)
    land_and_load(untouched)
    land_and_load(damaged)
    assert plain(damaged) == plain(untouched)
    mend(damaged)
    assert account(damaged) | {"ledger": None} == account(untouched) | {"ledger": None}
    assert plain(damaged) == plain(untouched)


def test_a_delivery_that_only_the_landing_zone_knows_is_taken_though_the_inbox_is_empty(home: MakeHome) -> None:
    made = of_few_tables(home())
    put_all(made)
    land_deliveries(made, run_id="run")
    shutil.rmtree(made.settings.inbox)
    shutil.rmtree(made.settings.ledger)
    assert pending(made)
    land_and_load(made)
    assert not pending(made)
    assert [state.state for state in made.ledger.deliveries()] == ["loaded", "loaded", "rejected", "loaded"]


def test_a_ledger_that_is_gone_with_its_folder_is_written_again(whole: Home, home: MakeHome) -> None:
    made = of_few_tables(home("gone"))
    shutil.copytree(whole.settings.home, made.settings.home, dirs_exist_ok=True)
    shutil.rmtree(made.settings.metadata)
    said = CliRunner().invoke(commands.app, ["verify", "--repair"])
    assert said.exit_code == 0, said.output
    assert plain(made) == plain(whole)


def test_in_a_home_that_has_not_begun_there_is_nothing_to_repair(home: MakeHome) -> None:
    of_few_tables(home("not_begun"))
    said = CliRunner().invoke(commands.app, ["verify", "--repair"])
    assert (said.exit_code, "agree on 0 deliveries" in said.output) == (0, True)
