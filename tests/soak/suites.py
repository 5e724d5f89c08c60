"""What `make soak` runs, one line per suite: tests that are there, each with a fresh seed every round.

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
    "crash",
    "e2e/test_synthea.py",
)


def present(suites: tuple[str, ...] = SUITES) -> list[str]:
    return [suite for suite in suites if (TESTS / suite).exists()]
