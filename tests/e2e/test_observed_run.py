"""A run that is observed from outside: its log, metrics and report say what happened, and name no person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from healthcare_elt.pipeline.home import Home

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-c", "from healthcare_elt.cli import main; main()", "run", "--json"]
PERSON = "Quirin Vogelsang"
MODEL = "model.healthcare_elt.icon_health__patients_rows"
SELECTED = " or ".join(
    f'key:"{key}"'
    for key in (
        "landing/icon_health/patients",
        "bronze/icon_health/patients",
        "silver/icon_health/patients_rows",
        "reports/report",
    )
)


@pytest.fixture(scope="module")
def observed(module_home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """A run with debug logging over files that are called after a person; the log and the metrics are in the folder."""
    folder = tmp_path_factory.mktemp("observed")
    home = module_home("observed", log_file=folder / "log.jsonl", metrics_file=folder / "elt.prom")
    inbox = home.settings.inbox / "icon_health"
    inbox.mkdir(parents=True)
    header = "patient_id,gender,birth_date\n"
    (inbox / f"patients {PERSON} 2026-01-02.csv").write_text(f"{header}{PERSON},F,1980-01-01\nP2,{PERSON},1980-01-01\n")
    (inbox / f"patients {PERSON} 2026-01-03.csv").write_text("")
    (inbox / f"{PERSON}.csv").write_text("x\n")
    done = subprocess.run(
        [*COMMAND, "--select", SELECTED],
        env=os.environ | {"DBT_DEBUG": "1", "LOGLEVEL": "DEBUG"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return home, folder


@pytest.fixture(scope="module")
def lines(observed: tuple[Home, Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (observed[1] / "log.jsonl").read_text().splitlines()]


def only(lines: list[dict[str, Any]], event: str, **fields: object) -> dict[str, Any]:
    (line,) = (each for each in lines if each["event"] == event and fields.items() <= each.items())
    return line


def test_every_line_of_the_log_is_an_object_with_a_moment_in_utc_a_level_and_the_run(lines: list[dict]) -> None:
    assert len({line["run_id"] for line in lines}) == 1
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)
        assert line["level"] in ("info", "warning", "error")


def test_the_log_follows_a_delivery_from_landing_through_bronze_to_the_model(
    observed: tuple[Home, Path], lines: list[dict]
) -> None:
    taken, refused = observed[0].ledger.deliveries()
    table = {"table": "icon_health.patients"}
    landed = only(lines, "landed", delivery=taken.delivery_id, delivery_date="2026-01-02", **table)
    assert (landed["asset"], landed["bytes"], landed["arrival"]) == ("landing/icon_health/patients", taken.bytes, 1)
    loaded = only(lines, "loaded", delivery=taken.delivery_id, **table)
    assert (loaded["asset"], loaded["rows"], loaded["rejects"]) == ("bronze/icon_health/patients", 2, 0)
    rejected = only(lines, "rejected", delivery=refused.delivery_id, delivery_date="2026-01-03", **table)
    assert rejected["level"] == "warning"
    assert only(lines, "dbt_success", asset=MODEL)["rows"] == 2
    assert only(lines, "run_reported")["checks_failed"] == 0


def test_the_run_leaves_metrics(observed: tuple[Home, Path]) -> None:
    families = text_string_to_metric_families((observed[1] / "elt.prom").read_text())
    numbers = {(sample.name, *sample.labels.values()): sample.value for each in families for sample in each.samples}
    assert numbers["healthcare_elt_deliveries", "icon_health.patients"] == 2
    assert numbers["healthcare_elt_run_failed",] == 0
    assert numbers["healthcare_elt_step_seconds", "transform"] > 0


def test_no_person_is_named_in_log_metrics_or_report(observed: tuple[Home, Path]) -> None:
    home, folder = observed
    for path in (folder / "log.jsonl", folder / "elt.prom", home.settings.report):
        text = path.read_text()
        assert "patients" in text
        for word in PERSON.split():
            assert word not in text, path
