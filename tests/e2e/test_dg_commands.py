"""The README's `dg` commands, as a user types them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from healthcare_elt.orchestration import dagster_instance
from healthcare_elt.pipeline.home import Home
from healthcare_elt.sample import write_sample

PROJECT = Path(__file__).parents[2]
DG = Path(sys.executable).with_name("dg")


@pytest.fixture(scope="module")
def home(module_home) -> Home:
    """Three days of deliveries, and the home's own Dagster instance."""
    made = module_home("dg")
    write_sample(made.settings.inbox, made.settings.data / "sample_truth.json", days=3, patients=100)
    with dagster_instance(made.settings):
        return made


def dg(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DAGSTER_HOME": str(home.settings.dagster_home)}
    return subprocess.run(
        [DG, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def loaded_dates(home: Home) -> set[str]:
    with home.warehouse(read_only=True) as warehouse:
        return {str(entry.delivery_date) for entry in warehouse.load_log()}


def test_dg_check_defs_finds_nothing_wrong(home: Home) -> None:
    done = dg(home, "check", "defs")
    assert done.returncode == 0, done.stdout + done.stderr


def test_dg_list_defs_lists_assets_job_and_schedule(home: Home) -> None:
    done = dg(home, "list", "defs", "--json")
    assert done.returncode == 0, done.stderr
    for name in ("curated/provider_performance", "daily_elt", "daily_elt_schedule"):
        assert name in done.stdout


def test_dg_launch_takes_one_partition_and_then_a_range(home: Home) -> None:
    one = dg(home, "launch", "--job", "daily_elt", "--partition", "2026-01-03")
    assert one.returncode == 0, one.stdout[-3000:] + one.stderr[-3000:]
    assert loaded_dates(home) == {"2026-01-03"}
    whole = dg(home, "launch", "--job", "daily_elt", "--partition-range", "2026-01-02...2026-01-04")
    assert whole.returncode == 0, whole.stdout[-3000:] + whole.stderr[-3000:]
    assert loaded_dates(home) == {"2026-01-02", "2026-01-03", "2026-01-04"}
