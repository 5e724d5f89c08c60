"""Commands that a person waits for import only what they need, which is what makes them quick."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from healthcare_elt import kept_answer
from healthcare_elt.cli.app import app
from healthcare_elt.ledger import Event
from healthcare_elt.pipeline.home import Home

MakeHome = Callable[..., Home]

HEAVY = ("dagster", "dagster_dbt", "dbt", "pandas", "boto3", "snowflake.connector", "sqlalchemy")
"""What takes from a quarter of a second to three to import."""
MORE_THAN_WORDS = (*HEAVY, "pydantic", "pydantic_settings", "duckdb", "pyarrow", "numpy", "yaml")


def imported(arguments: list[str], among: tuple[str, ...]) -> set[str]:
    """Which of these modules the command imports, in a process of its own."""
    script = f"""
import atexit, sys
atexit.register(lambda: print(*(name for name in {among!r} if name in sys.modules), file=sys.stderr))
sys.argv = ["healthcare-elt", *{arguments!r}]
from healthcare_elt.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("command", [[], ["run"], ["ledger"], ["alerts"], ["snowflake"]])
def test_help_is_said_without_reading_settings_or_data(command: list[str]) -> None:
    assert imported([*command, "--help"], MORE_THAN_WORDS) == set()


def test_completion_is_offered_without_reading_settings_or_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_HEALTHCARE_ELT_COMPLETE", "complete_zsh")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "healthcare-elt st")
    assert imported([], MORE_THAN_WORDS) == set()


def test_status_that_stands_is_told_without_reading_settings_or_data(
    home: MakeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answer, "TICK", 0.0)
    monkeypatch.setattr(sys, "argv", ["healthcare-elt"])
    (home().settings.home / "data").mkdir()
    assert CliRunner().invoke(app, ["status"]).exit_code == 0
    assert imported(["status"], MORE_THAN_WORDS) == set()
    assert imported(["status", "--json"], MORE_THAN_WORDS) == set()


def test_status_reads_ledger_and_warehouse_without_dagster_dbt_and_pandas(home: MakeHome) -> None:
    made = home()
    with made.warehouse() as warehouse:
        warehouse.prepare(made.contracts)
    told = Event(
        event="rejected", at=datetime.now(UTC), delivery_id="d", system="icon_health", table="patients",
        delivery_date=date(2026, 1, 1), arrival=1, sha256="s", name="p.csv", bytes=1, modified_ns=1, landing_key="",
    )  # fmt: skip
    made.ledger.append([told])
    assert imported(["status"], HEAVY) == set()
