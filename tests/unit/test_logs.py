"""The log is asked for or not there, and never stops anything."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from delivered import a_delivery

from healthcare_elt import logs
from healthcare_elt.ledger import Event
from healthcare_elt.pipeline.home import Home


def append_one(home: Home) -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    home.ledger.append([Event.of("loaded", a_delivery(1), moment, rows=3, rejects=1, run_id="a run")])


@pytest.fixture(autouse=True)
def fresh():
    """The logger is kept per process."""
    yield
    logs._logger.cache_clear()
    logs._complain.cache_clear()


def test_what_the_ledger_is_told_is_one_line_of_json(home, tmp_path: Path) -> None:
    append_one(home(log_file=tmp_path / "new" / "log.jsonl"))
    (line,) = (tmp_path / "new" / "log.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told.pop("delivery") == a_delivery(1).delivery_id
    assert told == {
        "level": "info", "event": "loaded", "run_id": "a run", "asset": "bronze/plan/patients",
        "table": "plan.patients", "delivery_date": "2026-01-02", "arrival": 1, "bytes": 100, "rows": 3, "rejects": 1,
    }  # fmt: skip


def test_the_log_may_go_to_standard_error(home, capsys: pytest.CaptureFixture[str]) -> None:
    append_one(home(log_file="-"))
    assert json.loads(capsys.readouterr().err)["event"] == "loaded"


def test_a_log_that_cannot_be_written_is_said_once_and_stops_nothing(
    home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    made = home(log_file=tmp_path / "taken" / "log.jsonl")
    append_one(made)
    append_one(made)
    assert capsys.readouterr().err.count("HEALTHCARE_ELT_LOG_FILE") == 1
    assert len(made.ledger.deliveries()) == 1


def test_nothing_is_imported_for_a_log_that_nobody_asked_for() -> None:
    script = "import sys, healthcare_elt.logs, healthcare_elt.pipeline.home; sys.exit('structlog' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
