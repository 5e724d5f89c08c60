"""The usual Dagster and dbt design: a process per step and `DbtCliResource` (benchmarks/usual)."""

import os
import subprocess
from pathlib import Path

from benchmarks.equality import PLAIN as TABLES  # noqa: F401
from benchmarks.runners import BENCHMARKS, OURS, Command

_PROJECT = str(BENCHMARKS / "dbt_project")


def prepare(workdir: Path) -> None:
    """Dagster's home and dbt's manifest, which a deployment makes once."""
    home = workdir / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    paths = ["--target-path", str(workdir / "target"), "--log-path", str(workdir / "logs")]
    parse = [str(OURS / "dbt"), "--quiet", "parse", "--project-dir", _PROJECT, "--profiles-dir", _PROJECT, *paths]
    subprocess.run(parse, check=True, env=command(workdir, "").full_environment())


def command(workdir: Path, day: str) -> Command:
    definitions = str(BENCHMARKS / "usual" / "definitions.py")
    return Command(
        (str(OURS / "dg"), "launch", "--job", "daily", "--partition", day, "-f", definitions),
        {
            "BENCHMARK_WORKDIR": str(workdir),
            "BENCHMARK_WAREHOUSE": str(warehouse(workdir)),
            "DAGSTER_HOME": str(workdir / "dagster"),
            "PATH": f"{OURS}{os.pathsep}{os.environ['PATH']}",
        },
    )


def warehouse(workdir: Path) -> Path:
    return workdir / "warehouse.duckdb"
