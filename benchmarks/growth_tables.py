"""The platform with more source tables: a copy of it in which a further source system is declared, as a user would."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import deliveries
from benchmarks.process import Cost, cost_of
from benchmarks.runners import OURS, ROOT, Command
from benchmarks.runners.ours import MEMORY_LIMIT

FEWEST = 24
"""Source tables that the platform has itself."""
COPIED = ("healthcare_elt", "dbt_healthcare_elt", "dbt_project")
FILES = ("dagster.yaml", "pyproject.toml")
MAIN = "from healthcare_elt.cli import main; main()"
ROWS = 100
SYSTEM = """version: 2

sources:
  - name: many
    description: Many alike.
    schema: bronze
    tables:
"""
TABLE = """
      - name: NAME
        identifier: many__NAME
        description: One of many.
        config:
          meta:
            contract:
              {files: "NAME*", delivers: changes, key: [item], effective_at: delivery_date, on_new_column: evolve}
        columns:
          - {name: item, description: Key., data_type: varchar, config: {meta: {required: true, phi: none}}}
          - {name: since, description: Day., data_type: integer, config: {meta: {phi: none}}}
          - {name: amount, description: Amount., data_type: integer, config: {meta: {phi: none}}}
"""


@contextmanager
def platform_with(tables: int, folder: Path) -> Iterator[Callable[[Path], Cost]]:
    """Gives what `healthcare-elt run` of that copy costs in a home."""
    unwanted = shutil.ignore_patterns("__pycache__", "target", "logs")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    names = _names(tables)
    sources = folder / "dbt_project" / "models" / "sources" / "many.yml"
    if names:
        sources.write_text(_sources(names))
        project = folder / "dbt_project" / "dbt_project.yml"
        listed = "".join(f"    - [many, {name}]\n" for name in names)
        project.write_text(re.sub(r"(?m)^  source_tables:\n", rf"\g<0>{listed}", project.read_text()))
        _cost(folder, folder, "contract", "write-models")
    yield lambda home: _cost(folder, home, "run")


def write_day(tables: int, day: int, inbox: Path) -> None:
    """Deliveries of that day: the first day of icon_health on day 1, and each of the added tables."""
    if day == 1:
        deliveries.write_day(deliveries.Plan(1000), 1, inbox)
    folder = inbox / "many"
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"K{number},{day},{number % 7}\n" for number in range(ROWS))
    for name in _names(tables):
        (folder / f"{name}_{deliveries.day_date(day)}.csv").write_text(f"item,since,amount\n{rows}")


def _cost(folder: Path, home: Path, *arguments: str) -> Cost:
    environment = {
        "PYTHONPATH": str(folder),
        "HEALTHCARE_ELT_HOME": str(home),
        "HEALTHCARE_ELT_SETTLE_SECONDS": "0",
        "HEALTHCARE_ELT_MEMORY_LIMIT": MEMORY_LIMIT,
        "PATH": f"{OURS}{os.pathsep}{os.environ['PATH']}",
    }
    return cost_of(Command((str(OURS / "python"), "-c", MAIN, *arguments), environment, folder))


def _names(tables: int) -> list[str]:
    return [f"table_{number:03}" for number in range(1, tables - FEWEST + 1)]


def _sources(names: list[str]) -> str:
    return SYSTEM + "".join(TABLE.replace("NAME", name) for name in names)
