"""The limit: one hand-written script in DuckDB, nothing else (benchmarks/limit)."""

from pathlib import Path

from benchmarks.equality import PLAIN as TABLES  # noqa: F401
from benchmarks.runners import BENCHMARKS, OURS, Command, inbox


def prepare(workdir: Path) -> None:
    """Nothing: the first day makes the tables."""


def command(workdir: Path, day: str) -> Command:
    script = str(BENCHMARKS / "limit" / "run.py")
    files = str(inbox(workdir) / "icon_health")
    return Command((str(OURS / "python"), script, str(warehouse(workdir)), files, day))


def warehouse(workdir: Path) -> Path:
    return workdir / "warehouse.duckdb"
