"""pandas for the work, SQLite for the tables (benchmarks/pandas_sqlite)."""

import subprocess
from pathlib import Path

from benchmarks.equality import PLAIN as TABLES  # noqa: F401
from benchmarks.runners import BENCHMARKS, OTHERS, Command


def prepare(workdir: Path) -> None:
    """Nothing: the first day makes the file."""


def command(workdir: Path, day: str) -> Command:
    return Command((str(OTHERS / "python"), str(BENCHMARKS / "pandas_sqlite" / "run.py"), str(workdir), day))


def warehouse(workdir: Path) -> Path:
    """A copy of the SQLite file, made when it is asked for."""
    copy = workdir / "warehouse.duckdb"
    copy.unlink(missing_ok=True)
    script = str(BENCHMARKS / "pandas_sqlite" / "as_duckdb.py")
    subprocess.run([OTHERS / "python", script, workdir / "warehouse.sqlite", copy], check=True)
    return copy
