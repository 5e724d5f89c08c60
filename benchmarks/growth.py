"""How the platform's cost grows: one thing at a time becomes more, all else stays as it is.

Each size is a home of its own. What is told of it are CPU seconds of whole commands, as a user runs them, and counts
that are exact: bytes of ledger, warehouse and Dagster's history, events that Dagster stored in the last run. What
growth they come to is `fit`; how it looks is `growth_table`.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import deliveries, growth_deliveries, growth_runs, growth_tables
from benchmarks.process import Cost
from benchmarks.runners import inbox
from benchmarks.scenarios import run_ours

Figures = dict[str, float]
ROWS = 20_000
NEW_ROWS = 200


@dataclass(frozen=True)
class Dimension:
    """What becomes more, in which sizes, and what is measured at each."""

    words: str
    sizes: tuple[int, ...]
    measure: Callable[[Path, int], Figures]


def history(home: Path, days: int) -> Figures:
    """Days that are loaded already; each brings the same number of rows."""
    plan = deliveries.Plan(max(1000, NEW_ROWS * days))
    deliveries.write_split(plan, days, inbox(home))
    run_ours(home)
    deliveries.write_more(plan, days + 1, NEW_ROWS, inbox(home))
    return {**cpu(one_more_day=run_ours(home)), **counts(home), **cpu(nothing_new=run_ours(home)), **status(home)}


def files(home: Path, number: int) -> Figures:
    """Files of one table and date in one run; their rows are the same in all."""
    growth_deliveries.write_files(deliveries.Plan(ROWS), number, inbox(home))
    return {**cpu(run=run_ours(home)), **counts(home)}


def partitions(home: Path, days: int) -> Figures:
    """Delivery dates of one table, a file each, in one run; then one more."""
    growth_deliveries.write_days(deliveries.Plan(ROWS), days, inbox(home))
    figures = cpu(run=run_ours(home))
    growth_deliveries.write_next_day(deliveries.Plan(ROWS), days, NEW_ROWS, inbox(home))
    return {**figures, **cpu(one_more_day=run_ours(home)), **counts(home)}


def versions(home: Path, number: int) -> Figures:
    """Versions of each key; files and rows are the same in all."""
    growth_deliveries.write_versions(ROWS, number, inbox(home))
    return {**cpu(run=run_ours(home)), **counts(home)}


def dirty(home: Path, percent: int) -> Figures:
    """Share of rows that break a rule."""
    deliveries.write_day(deliveries.Plan(100_000, percent), 1, inbox(home))
    cost = run_ours(home)
    return {**cpu(run=cost), "run, MB of memory": cost.memory, **counts(home)}


def tables(folder: Path, number: int) -> Figures:
    """Source tables of the platform, each with a delivery; the added ones are all alike."""
    with growth_tables.platform_with(number, folder / "platform") as run:
        home = folder / "home"
        growth_tables.write_day(number, 1, inbox(home))
        figures = cpu(first_run=run(home))
        growth_tables.write_day(growth_tables.FEWEST + 1, 2, inbox(home))
        return {**figures, **cpu(one_table_more=run(home)), **counts(home), **cpu(nothing_new=run(home))}


def runs(home: Path, number: int) -> Figures:
    """Runs that Dagster's history and the ledger remember; then they are pruned."""
    plan = deliveries.Plan(1000)
    deliveries.write_day(plan, 1, inbox(home))
    run_ours(home)
    growth_runs.remember_runs(home, number)
    figures = {}
    for day, when in ((2, ""), (3, ", pruned")):
        if when:
            figures |= cpu(prune=run_ours(home, "prune", environment=growth_runs.PRUNING))
        told = sizes(home)
        deliveries.write_more(plan, day, NEW_ROWS, inbox(home))
        told |= cpu(one_more_day=run_ours(home)) | cpu(nothing_new=run_ours(home))
        figures |= {f"{name}{when}": figure for name, figure in told.items()}
    return {**figures, **status(home)}


def cpu(**costs: Cost) -> Figures:
    return {f"{name.replace('_', ' ')}, CPU s": cost.cpu for name, cost in costs.items()}


def status(home: Path) -> Figures:
    """`status` in full, and as it is told again."""
    (home / "data" / ".status.json").unlink(missing_ok=True)
    return cpu(status=run_ours(home, "status"), status_again=run_ours(home, "status"))


def counts(home: Path) -> Figures:
    """What lies there, and how many events the last run left in Dagster's history."""
    shards = (home / ".dagster" / "history" / "runs").glob("*-*.db")
    last = max(shards, key=lambda file: file.stat().st_mtime_ns)
    with closing(sqlite3.connect(last)) as connection:
        (events,) = connection.execute("select count(*) from event_logs").fetchone()
    return {"events of the run": events, **sizes(home)}


def sizes(home: Path) -> Figures:
    return {
        "MB of the ledger": _megabytes(home / "metadata" / "ledger"),
        "MB of the warehouse": (home / "data" / "warehouse.duckdb").stat().st_size / 1e6,
        "MB of Dagster's history": _megabytes(home / ".dagster"),
    }


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


DIMENSIONS: Mapping[str, Dimension] = {
    "history": Dimension("days loaded before", (8, 32, 128, 512), history),
    "files": Dimension("files in one run", (16, 64, 256, 1024), files),
    "partitions": Dimension("delivery dates (ten years of days at most)", (365, 1095, 1825, 3650), partitions),
    "versions": Dimension("versions of each key", (1, 4, 16, 64), versions),
    "dirty": Dimension("percent of rows that break a rule", (0, 5, 10, 25, 50), dirty),
    "tables": Dimension("source tables", (25, 50, 100, 200), tables),
    "runs": Dimension("runs remembered", (100, 1000, 3000, 10_000), runs),
}


def measure(name: str, sizes: Sequence[int], tell=print) -> list[dict[str, object]]:
    """The figures of each size, each in a home that is made for it."""
    points: list[dict[str, object]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="healthcare-elt-benchmark-") as folder:
            figures = DIMENSIONS[name].measure(Path(folder), size)
        points.append({"size": size, "figures": figures})
        tell(f"{name} {size}: {', '.join(f'{what} {value:.4g}' for what, value in figures.items())}", flush=True)
    return points
