"""Many small daily deliveries go through in one run, whose work is counted by delivery and not by day, table and asset.

By default 60 days of six tables; `make size` takes a year.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import dagster as dg
from written import write_days

DAYS = 365 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 60
RUN = [sys.executable, "-c", "from healthcare_elt.cli import main; main()", "run", "--json"]
EVENTS_PER_DELIVERY = 5
"""Dagster's: planned and materialized in landing and in bronze, and landed."""
EVENTS_OF_A_RUN = 1000
"""Of all else: steps, dbt models and their checks."""
MOST_SEGMENTS = 64


def test_many_days_of_deliveries_load_in_one_run(home) -> None:
    made = home()
    files = write_days(made, DAYS)
    run = subprocess.run(RUN, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    loaded = sum(table["loaded"] for table in told["summary"]["tables"])
    with dg.DagsterInstance.from_config(str(made.settings.dagster_home)) as instance:
        (record,) = instance.get_run_records()
        run_id = record.dagster_run.run_id
        steps = {each.step_key: each.end_time - each.start_time for each in instance.get_run_step_stats(run_id)}
        events = len(instance.all_logs(run_id))
    print(f"\n{files} files, {told['seconds']} s in all, {events} events; {steps}")
    assert loaded == files
    assert not told["run"]["checks_failed"]
    assert events <= EVENTS_PER_DELIVERY * files + EVENTS_OF_A_RUN
    assert len(list(made.settings.ledger.glob("*.parquet"))) <= MOST_SEGMENTS
