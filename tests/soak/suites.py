"""What `make soak` runs, one line per suite: files or folders of tests, each with a fresh seed every round.

A suite takes its seed from pytest's `--hypothesis-seed` or from SOAK_SEED, with HYPOTHESIS_PROFILE=soak, and tells what
it did with `record_property("examples", n)` and `record_property("kills_survived", n)`.
"""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]

SUITES = (
    "property/test_history_sql_property.py",
    "property/test_classify_sql_property.py",
    "property/test_incremental_property.py",
    "property/test_history_property.py",
    "property/test_ledger_convergence.py",
    "protocol",
    "crash",
    "property/test_sensor_property.py",
    "alerts/test_alert_turns.py",
    "soak/test_daemon.py",
)
