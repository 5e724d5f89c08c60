"""The ways of doing the job, each as its user would start it: a fresh process for each day's deliveries.

A runner is a module with `prepare(workdir)`, which is not measured, `command(workdir, day)`, which is, and
`warehouse(workdir)`, the DuckDB file with what came of it; `TABLES` says by which queries that is compared. The
deliveries lie in `inbox(workdir)`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent.parent
BENCHMARKS = ROOT / "benchmarks"
OURS = ROOT / ".venv/bin"
OTHERS = ROOT / ".venv-bench/bin"
NAMES = ("limit", "ours", "dlt_dbt", "usual", "pandas_sqlite")
OWN = {"limit", "ours"}
"""Those that need nothing but the platform's packages; the packages of the others are in OTHERS."""


@dataclass(frozen=True)
class Command:
    """What is started: its arguments, what is added to the environment, and where."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = ROOT

    def full_environment(self) -> dict[str, str]:
        return {**os.environ, "DO_NOT_TRACK": "1", **self.environment}


def inbox(workdir: Path) -> Path:
    return workdir / "data" / "inbox"


def runner(name: str) -> ModuleType:
    """The runner of that name; KeyError if there is none."""
    from benchmarks.runners import dlt_dbt, limit, ours, pandas_sqlite, usual

    known = {"limit": limit, "ours": ours, "dlt_dbt": dlt_dbt, "usual": usual, "pandas_sqlite": pandas_sqlite}
    return known[name]
