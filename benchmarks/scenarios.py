"""What else is promised of the platform's speed, as pairs of costs (targets.py says by how much they may differ).

Here belong the platform's own comparisons; the other ways of doing the job are in runners/.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks import deliveries, first_page
from benchmarks.process import Cost, cost_of
from benchmarks.runners import OURS, Command, inbox, ours

IMPORTS = Command((str(OURS / "python"), "-c", "import dagster_dbt, dbt.cli.main"))
NEW_ROWS = 1000
LITTLE_MEMORY = {"HEALTHCARE_ELT_MEMORY_LIMIT": "650MB", "HEALTHCARE_ELT_DBT_THREADS": "1"}
"""What docs/size.md advises for a machine with little memory: less for DuckDB, and one model at a time."""


@dataclass(frozen=True)
class Size:
    """Encounters of a usual and of a long history, and into how many daily deliveries one is split."""

    encounters: int = 100_000
    history: int = 1_000_000
    days: int = 365


def run_ours(workdir: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Cost:
    """What `healthcare-elt run`, or another command of the platform, costs in that home."""
    command = ours.command(workdir, "", *arguments)
    return cost_of(replace(command, environment={**command.environment, **(environment or {})}))


def idle(folder: Path, size: Size) -> Iterable[tuple[str, Cost]]:
    """Commands in a home in which everything is done, and what they are compared with."""
    deliveries.write_day(deliveries.Plan(size.encounters), 1, inbox(folder))
    run_ours(folder)
    yield "imports", cost_of(IMPORTS)
    yield "nothing new", run_ours(folder)
    (folder / "data" / ".status.json").unlink(missing_ok=True)
    yield "status", run_ours(folder, "status")
    yield "status again", run_ours(folder, "status")
    yield "help", run_ours(folder, "--help")
    complete = {"_HEALTHCARE_ELT_COMPLETE": "complete_bash", "COMP_WORDS": "healthcare-elt ", "COMP_CWORD": "1"}
    command = ours.command(folder, "", "--help")
    yield "completion", cost_of(Command(command.arguments[:1], {**command.environment, **complete}))


def history(folder: Path, size: Size) -> Iterable[tuple[str, Cost]]:
    """The same number of new encounters on a usual and on a long history."""
    for name, encounters in (("new rows on a history", size.encounters), ("new rows on a long history", size.history)):
        plan = deliveries.Plan(encounters)
        deliveries.write_day(plan, 1, inbox(folder / name))
        run_ours(folder / name)
        deliveries.write_more(plan, 2, NEW_ROWS, inbox(folder / name))
        yield name, run_ours(folder / name)


def split(folder: Path, size: Size) -> Iterable[tuple[str, Cost]]:
    """The same rows in one delivery, and in one for each day."""
    for name, days in (("one delivery", 1), ("daily deliveries", size.days)):
        deliveries.write_split(deliveries.Plan(size.encounters), days, inbox(folder / name))
        yield name, run_ours(folder / name)


def dirty(folder: Path, size: Size) -> Iterable[tuple[str, Cost]]:
    """A day 1 without a bad row, and one of which half the rows are bad."""
    for name, share in (("clean", 0), ("half dirty", 50)):
        deliveries.write_day(deliveries.Plan(size.encounters, share), 1, inbox(folder / name))
        yield name, run_ours(folder / name)


def memory(folder: Path, size: Size) -> Iterable[tuple[str, Cost]]:
    """The first days of a long history on a machine with little memory."""
    for day in (1, 2, 3):
        deliveries.write_day(deliveries.Plan(size.history), day, inbox(folder))
        yield f"day {day} in little memory", run_ours(folder, environment=LITTLE_MEMORY)


def page(folder: Path, size: Size) -> Iterable[tuple[str, Cost]]:
    """`dg dev` until its first page, on a home with a loaded day, and on an empty project; the second start of each."""
    deliveries.write_day(deliveries.Plan(size.encounters), 1, inbox(folder / "home"))
    run_ours(folder / "home")
    for name, command in (
        ("first page", first_page.platform(folder / "home")),
        ("first page of an empty project", first_page.empty_project(folder / "empty")),
    ):
        first_page.cost_to_first_page(command)
        yield name, first_page.cost_to_first_page(command)


SCENARIOS: Mapping[str, Callable[[Path, Size], Iterable[tuple[str, Cost]]]] = {
    "idle": idle,
    "history": history,
    "split": split,
    "dirty": dirty,
    "memory": memory,
    "page": page,
}


def sizes_of(name: str, size: Size) -> dict[str, int]:
    """Those that make a difference to the scenario."""
    taken = {"history": ("encounters", "history"), "split": ("encounters", "days"), "memory": ("history",)}
    return {each: getattr(size, each) for each in taken.get(name, ("encounters",))}


def memory_limit_of(name: str) -> str:
    """What the scenario gives the platform's DuckDB."""
    return LITTLE_MEMORY["HEALTHCARE_ELT_MEMORY_LIMIT"] if name == "memory" else ours.MEMORY_LIMIT


def measure(name: str, size: Size, rounds: int, tell=print) -> Iterator[dict[str, list[dict[str, float]]]]:
    """What every command of the scenario cost in each round so far, after each."""
    costs: dict[str, list[dict[str, float]]] = {}
    for turn in range(rounds):
        with tempfile.TemporaryDirectory(prefix="healthcare-elt-benchmark-") as folder:
            for command, cost in SCENARIOS[name](Path(folder), size):
                costs.setdefault(command, []).append(asdict(cost))
                tell(f"round {turn + 1}, {command}: {cost}", flush=True)
        yield costs
