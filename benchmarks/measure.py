"""The measurement: every runner on the same deliveries in turns, so that other load falls on all alike."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks import deliveries
from benchmarks.equality import differences
from benchmarks.process import Cost, cost_of
from benchmarks.runners import inbox, ours, runner

DAYS = 3
END_OF_LOG = 5000
"""Characters of a log that are told."""
Figures = dict[str, dict[str, list[dict[str, float]]]]


def measure(plan: deliveries.Plan, names: Iterable[str], rounds: int, tell=print) -> Iterator[Figures]:
    """What each day cost each runner in every round so far, after each.

    Raises:
        RuntimeError: a runner failed, or its tables are not equal to ours.
    """
    names = list(names)
    figures: Figures = {name: {f"day {day}": [] for day in range(1, DAYS + 1)} for name in names}
    with tempfile.TemporaryDirectory(prefix="healthcare-elt-benchmark-") as folder:
        delivered = Path(folder) / "deliveries"
        for day in range(1, DAYS + 1):
            deliveries.write_day(plan, day, delivered / str(day))
        for turn in range(rounds):
            workdirs = {name: Path(folder) / name for name in names}
            for name, workdir in workdirs.items():
                workdir.mkdir()
                runner(name).prepare(workdir)
            for day in range(1, DAYS + 1):
                # Another runner begins in each turn.
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    shutil.copytree(delivered / str(day), inbox(workdirs[name]), dirs_exist_ok=True)
                    cost = _cost_of(name, workdirs[name], str(deliveries.day_date(day)))
                    figures[name][f"day {day}"].append(asdict(cost))
                    tell(f"round {turn + 1}, day {day}, {name}: {cost}", flush=True)
            _require_equal(workdirs)
            for workdir in workdirs.values():
                shutil.rmtree(workdir)
            yield figures


def _cost_of(name: str, workdir: Path, date: str) -> Cost:
    """What the command says when it fails, and what dbt noted last: the folder is gone when this process ends."""
    try:
        return cost_of(runner(name).command(workdir, date))
    except RuntimeError as error:
        logs = [log.read_text()[-END_OF_LOG:] for log in sorted(workdir.rglob("dbt.log"))]
        raise RuntimeError("\n".join([str(error), *logs])) from None


def _require_equal(workdirs: dict[str, Path]) -> None:
    if "ours" not in workdirs:
        return
    reference = ours.warehouse(workdirs["ours"])
    for name, workdir in workdirs.items():
        if name == "ours":
            continue
        found = differences(runner(name).warehouse(workdir), reference, runner(name).TABLES)
        if found:
            raise RuntimeError(f"The tables of {name} differ from ours, in so many rows: {found}.")
