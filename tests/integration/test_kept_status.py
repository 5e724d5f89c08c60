"""`status` tells what was kept only while it is what a fresh look would say, to the letter."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from healthcare_elt import kept_answer
from healthcare_elt.alerts.book import Book, OpenIncident, write_book
from healthcare_elt.alerts.incident import Incident
from healthcare_elt.cli import kept_status
from healthcare_elt.cli.app import app
from healthcare_elt.cli.working import work_in_home
from healthcare_elt.contracts import SourceSystem
from healthcare_elt.environment import PROJECT_ROOT
from healthcare_elt.pipeline import summary
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.inbox_news import clock_changes
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries


def status(*arguments: str) -> str:
    told = CliRunner().invoke(app, ["status", *arguments])
    assert told.exit_code == 0, told.output
    return told.output


def fresh(home: Home, *arguments: str) -> str:
    (home.settings.home / kept_status.KEPT).unlink(missing_ok=True)
    return status(*arguments)


def deliver(home: Home, name: str = "patients_2026-01-02.csv", patient: str = "P1") -> None:
    file = home.settings.inbox / "icon_health" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"patient_id,gender,birth_date\n{patient},F,1980-01-01\n")


@pytest.fixture
def made(home: Callable[..., Home], monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a loaded delivery, of which `status` has been asked once."""
    monkeypatch.setattr(kept_answer, "TICK", 0.0)
    monkeypatch.setattr(sys, "argv", ["healthcare-elt"])
    made = home()
    deliver(made)
    land_deliveries(made, run_id="a run")
    load_deliveries(made, run_id="a run")
    status()
    return made


def nobody_looks(home: Home) -> None:
    raise AssertionError("the home was looked into")


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_the_second_answer_is_the_first_and_nothing_is_looked_into(
    made: Home, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    first = fresh(made, *arguments)
    monkeypatch.setattr(summary, "summarize", nobody_looks)
    assert status(*arguments) == first
    assert "patients" in first


def test_a_run_leaves_its_answer_and_a_run_with_nothing_new_leaves_nothing(
    made: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(home: Home, tell: Callable[[str, float], None]) -> SimpleNamespace:
        deliver(home, "patients_2026-01-03.csv", "P2")
        land_deliveries(home, run_id="another run")
        os.environ["HEALTHCARE_ELT_SPILL"] = "what dbt is told"
        return SimpleNamespace(run_id="another run", success=True)

    file = made.settings.home / kept_status.KEPT
    monkeypatch.setenv("HEALTHCARE_ELT_SPILL", "")
    monkeypatch.delenv("HEALTHCARE_ELT_SPILL")
    file.unlink()
    work_in_home(lambda home, tell: None, as_json=True)
    assert not file.exists()
    work_in_home(work, as_json=True)
    del os.environ["HEALTHCARE_ELT_SPILL"]  # of that process alone
    with monkeypatch.context() as another:
        another.setattr(summary, "summarize", nobody_looks)
        told = status("--json")
    assert told == fresh(made, "--json")


def test_a_run_keeps_no_answer_of_settings_that_have_changed_since_it_read_them(made: Home) -> None:
    def work(home: Home, tell: Callable[[str, float], None]) -> SimpleNamespace:
        (home.settings.home / ".env").write_text("HEALTHCARE_ELT_START_DATE=2026-02-01\n")
        deliver(home, "patients_2026-01-03.csv", "P2")
        return SimpleNamespace(run_id="another run", success=True)

    work_in_home(work, as_json=True)
    told = status()
    assert "before the first day 2026-02-01" in told
    assert told == fresh(made)


def incident(home: Home) -> None:
    now = datetime.now(UTC)
    said = {"what": "A run failed.", "next": "healthcare-elt run"}
    open_one = Incident(key="k", event="run_failed", severity="error", since=now, latest=now, **said)
    write_book(home.settings, Book(open={"k": OpenIncident(incident=open_one, told_at=now)}))


def write_into_warehouse(home: Home) -> None:
    with home.warehouse() as warehouse:
        warehouse.execute("create schema if not exists gold")
        columns = "'P1' as patient_id, true as is_current, false as is_inferred"
        warehouse.execute("drop view if exists gold.dim_patient")
        warehouse.execute(f"create table gold.dim_patient as select {columns}")


CHANGES: dict[str, tuple[Callable[[Home], object], str]] = {
    "a new file": (lambda home: deliver(home, "patients_2026-01-03.csv", "P2"), "1 file in the inbox is new"),
    "a file of no contract": (lambda home: deliver(home, "who.csv"), "who.csv matches no contract"),
    "a rejected delivery": (
        lambda home: (deliver(home, "patients_2026-01-03.csv", "P\0"), land_deliveries(home, run_id="b")),
        "Rejected:",
    ),
    "a write into the warehouse": (write_into_warehouse, "dim_patient"),
    "an incident": (incident, "Open incidents at the last look: 1"),
    "another setting in .env": (
        lambda home: (home.settings.home / ".env").write_text("HEALTHCARE_ELT_START_DATE=2026-02-01\n"),
        "before the first day 2026-02-01",
    ),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
def test_whatever_changes_is_told_at_once(made: Home, change: Callable[[Home], object], words: str) -> None:
    before = status()
    assert words not in before
    change(made)
    told = status()
    assert words in told
    assert told == fresh(made) == status()


def test_another_setting_of_the_environment_is_told_at_once(made: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_START_DATE", "2026-02-01")
    assert "before the first day 2026-02-01" in status()
    monkeypatch.setenv("HEALTHCARE_ELT_START_DATE", "soon")
    assert CliRunner().invoke(app, ["status"]).exit_code != 0, "a wrong setting has no answer"


def test_the_answer_rests_on_contracts_code_and_arrival_records_too(made: Home) -> None:
    rests_on = kept_status.status_basis(made, kept_status.rules_basis())
    assert rests_on is not None
    below = (PROJECT_ROOT / "dbt_project" / "models" / "sources", PROJECT_ROOT / "healthcare_elt", made.settings.ledger)
    assert {str(path) for path in below} <= set(rests_on.trees)
    (arrivals,) = rests_on.folders
    assert list(Path(arrivals).iterdir())


def test_the_command_as_it_is_typed_is_told(made: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(made, "patients_2026-01-03.csv", "P2")
    assert "`healthcare-elt run` takes it" in status()
    monkeypatch.setattr(sys, "argv", ["/elsewhere/bin/hc"])
    assert "`hc run` takes it" in status()


@pytest.mark.parametrize(
    "cloud",
    [
        {"landing_url": "s3://bucket/landing"},
        {"ledger_url": "s3://bucket/ledger"},
        {"inbox_url": "s3://bucket/inbox"},
        {"target": "snowflake"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_of_a_home_that_is_not_all_on_this_machine_nothing_is_kept(
    home: Callable[..., Home], cloud: dict[str, str]
) -> None:
    assert kept_status.status_basis(home(**cloud), "asked") is None


def test_what_becomes_late_is_told_when_it_is_due(made: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    system = SourceSystem(name="icon_health", tables=("patients",), due="23:59")
    monkeypatch.setattr(Home, "systems", (system,))
    told = fresh(made)
    changes = clock_changes(made, datetime.now(UTC)).timestamp()
    monkeypatch.setattr(summary, "summarize", nobody_looks)
    assert status() == told
    monkeypatch.setattr(kept_answer.time, "time", lambda: changes)
    assert kept_status.kept_status() is None


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "due", "changes"),
    [
        (datetime(2026, 1, 5, 8, tzinfo=BERLIN), "09:00", datetime(2026, 1, 5, 9, tzinfo=BERLIN)),
        (datetime(2026, 1, 5, 9, tzinfo=BERLIN), "09:00", datetime(2026, 1, 6, tzinfo=BERLIN)),
        (datetime(2026, 1, 5, 23, 30, tzinfo=UTC), None, datetime(2026, 1, 6, 23, tzinfo=UTC)),
        # In the night in which the clock is set back, half past two comes twice, and the first one counts.
        (datetime(2026, 10, 25, 0, 10, tzinfo=UTC), "02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 40, tzinfo=UTC), "02:30", datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_the_clock_changes_what_is_told_at_midnight_and_when_something_is_due(
    home: Callable[..., Home], now: datetime, due: str | None, changes: datetime
) -> None:
    made = home(timezone="Europe/Berlin")
    vars(made)["systems"] = (SourceSystem(name="icon_health", tables=("patients",), **({"due": due} if due else {})),)
    assert clock_changes(made, now) == changes
