"""dlt by Arrow for bronze and dbt-core for what follows, as bare scripts (benchmarks/dlt_dbt)."""

from pathlib import Path

from benchmarks.equality import PLAIN as TABLES  # noqa: F401
from benchmarks.runners import BENCHMARKS, OTHERS, Command


def prepare(workdir: Path) -> None:
    """Nothing: both make what they need."""


def command(workdir: Path, day: str) -> Command:
    script = str(BENCHMARKS / "dlt_dbt" / "run.py")
    return Command((str(OTHERS / "python"), script, str(workdir), day), {"RUNTIME__DLTHUB_TELEMETRY": "false"})


def warehouse(workdir: Path) -> Path:
    return workdir / "warehouse.duckdb"
