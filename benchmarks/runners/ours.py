"""The platform in full, `healthcare-elt run`, with all its contracts in force and deliveries of three tables alone."""

from pathlib import Path

from benchmarks.equality import OURS as TABLES  # noqa: F401
from benchmarks.runners import OURS, Command

MEMORY_LIMIT = "1GB"
"""Of DuckDB, which otherwise takes up to 80 % of the machine; Python, Dagster and dbt hold 400 MB beside it."""


def prepare(workdir: Path) -> None:
    """Nothing: a home makes itself."""


def command(workdir: Path, day: str, *arguments: str) -> Command:
    """The day is whichever lies in the inbox; `arguments` are another command of the platform in place of `run`."""
    environment = {
        "HEALTHCARE_ELT_HOME": str(workdir),
        "HEALTHCARE_ELT_SETTLE_SECONDS": "0",
        "HEALTHCARE_ELT_MEMORY_LIMIT": MEMORY_LIMIT,
    }
    return Command((str(OURS / "healthcare-elt"), *(arguments or ("run",))), environment)


def warehouse(workdir: Path) -> Path:
    return workdir / "data" / "warehouse.duckdb"
