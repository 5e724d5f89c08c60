"""The command line as a user meets it: exit codes, JSON, sentences."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from healthcare_elt.cli import doctor, ledger, quarantine
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import Settings

COMMAND = [sys.executable, "-c", "from healthcare_elt.cli import main; main()"]

UNTOLD = (".lock", ".status.json")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=300, check=False)


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files of a home but Dagster's, dbt's, locks and the last answer of `status`."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".dagster" not in path.parts and "dbt" not in path.parts and path.name not in UNTOLD
    }


@pytest.fixture
def in_week(week, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(week.home.settings.home))
    return week.home


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["quarantine", "list"],
        ["quarantine", "show", "icon_health.patients"],
        ["ledger", "show"],
        ["ledger", "verify", "--hashes"],
        ["doctor"],
    ],
)
def test_every_reading_command_prints_json_and_writes_nothing(in_week: Home, arguments: list[str]) -> None:
    before = snapshot(in_week.settings.home)
    done = command(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert snapshot(in_week.settings.home) == before


def test_an_unknown_option_is_usage(in_week: Home) -> None:
    assert command("run", "--nonsense").returncode == 2


def test_an_unknown_table_is_one_sentence_and_usage(in_week: Home) -> None:
    done = command("quarantine", "show", "icon_health.nobody")
    assert done.returncode == 2
    assert "icon_health.nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_one_sentence_and_configuration(home, monkeypatch: pytest.MonkeyPatch) -> None:
    home()
    monkeypatch.setenv("HEALTHCARE_ELT_TIMEZONE", "Mars/Olympus")
    done = command("status")
    assert done.returncode == 2
    assert "HEALTHCARE_ELT_TIMEZONE" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_mistyped_home_is_one_sentence_and_nothing_is_made_there(tmp_path: Path) -> None:
    done = command("--home", str(tmp_path / "typo"), "ledger", "show")
    assert done.returncode == 2
    assert f"There is no home in {tmp_path / 'typo'}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "typo").exists()


def test_a_wrong_contract_fails_doctor_naming_file_table_column_and_allowed_values(
    home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(Path(__file__).parents[2] / "dbt_project", project, ignore=shutil.ignore_patterns("target"))
    contracts = project / "models" / "sources" / "icon_health.yml"
    contracts.write_text(contracts.read_text().replace("phi: direct", "phi: secret", 1))
    home()
    monkeypatch.setattr(Settings, "dbt_project", property(lambda self: project))
    done = CliRunner().invoke(_app(doctor.doctor), ["--json"])
    assert done.exit_code == 2
    (finding,) = [f for f in json.loads(done.stdout) if f["subject"] == "contracts"]
    for part in ("icon_health.yml", "patients", "patient_id", "direct", "quasi", "none"):
        assert part in finding["sentence"]


def test_a_lock_that_another_run_holds_is_one_sentence_and_failure(home) -> None:
    made = home(lock_timeout_seconds=0)
    command("sample", "--patients", "100", "--days", "3")
    made.settings.lock_file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(made.settings.lock_file):
        done = command("run")
    assert done.returncode == 1
    assert "Another run works in" in done.stdout + done.stderr


def test_a_corrected_contract_brings_quarantined_rows_back_at_their_own_date(
    home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home()
    assert command("sample", "--patients", "100", "--days", "3").returncode == 0
    assert command("run", "--json").returncode == 0
    project = tmp_path / "dbt_project"
    shutil.copytree(Path(__file__).parents[2] / "dbt_project", project, ignore=shutil.ignore_patterns("target"))
    contracts = project / "models" / "sources" / "icon_health.yml"
    contracts.write_text(contracts.read_text().replace("allowed: [F, M, X, U]", "allowed: [F, M, X, U, Q]", 1))
    monkeypatch.setattr(Settings, "dbt_project", property(lambda self: project))
    with made.warehouse(read_only=True) as warehouse:
        waiting = warehouse.rows("select * from quarantine.icon_health__patients where reasons = 'gender.allowed'")
    assert waiting
    done = CliRunner().invoke(quarantine.app, ["replay", "icon_health.patients", "--json"])
    assert done.exit_code == 0, done.output
    outcome = json.loads(done.stdout)
    assert (outcome["left"], outcome["entered"]) == (outcome["before"] - outcome["after"], 0)
    assert outcome["left"] == len(waiting)
    with made.warehouse(read_only=True) as warehouse:
        back = warehouse.rows("select patient_id, valid_from from gold.dim_patient where gender = 'Q'")
    assert {(row["patient_id"], row["valid_from"].date()) for row in back} == {
        (row["patient_id"], row["_delivery_date"]) for row in waiting
    }


def test_the_ledger_is_exported_and_compacted_without_losing_an_event(home) -> None:
    made = home()
    command("sample", "--patients", "100", "--days", "3", "--clean")
    assert command("run", "--json").returncode == 0
    events = made.ledger.events()
    assert CliRunner().invoke(ledger.app, ["export"]).exit_code == 0
    assert (made.settings.metadata / "ledger.csv").read_text().count("\n") == len(made.ledger.deliveries()) + 1
    assert CliRunner().invoke(ledger.app, ["compact"]).exit_code == 0
    assert len(list(made.settings.ledger.glob("*.parquet"))) == 1
    assert made.ledger.events() == events


def test_help_of_every_command_lists_its_options() -> None:
    for name in ("sample", "run", "status", "doctor", "quarantine", "ledger"):
        done = command(name, "--help")
        assert done.returncode == 0
        assert "--" in done.stdout


def _app(function):
    import typer

    app = typer.Typer()
    app.command()(function)
    return app
