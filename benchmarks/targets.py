"""What the platform is to reach, beside what was measured: each target, its figures, and whether it is met.

Most are ratios of two costs of the same rounds. A target is judged by wall seconds, or by memory; CPU seconds
are told beside, since other work on the machine adds less to them. Pure functions; how it looks is in `write_up`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.judge import middle

OF_RUNNERS = (
    (5_000_000, "limit", 1.5),
    (1_000_000, "usual", 0.4),
    (1_000_000, "dlt_dbt", 1.0),
    (5_000_000, "dlt_dbt", 0.8),
)
"""Encounters, what the platform is compared with on day 1 and on day 2, and the most that it may be of it."""
MEMORY_AT, MEGABYTES = {"history": 5_000_000}, 1200
USUAL = {"encounters": 100_000}
OF_PAIRS = (
    ("idle", "nothing new", "imports", 1.0, USUAL),
    ("history", "new rows on a long history", "new rows on a history", 1.2, {**USUAL, "history": 5_000_000}),
    ("split", "daily deliveries", "one delivery", 2.0, {**USUAL, "days": 365}),
    ("dirty", "half dirty", "clean", 2.0, USUAL),
    ("page", "first page", "first page of an empty project", 1.5, USUAL),
)
"""Scenario, command, what it is compared with, the most that it may be of it, and the sizes that it is meant for."""
OF_SECONDS = (("status again", 0.3), ("help", 0.3), ("completion", 0.3))
"""Commands of the scenario `idle`."""

BUSY = 0.1
"""Share of the cores; less of it moves medians by less than their rounds lie apart."""

Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Judged:
    """A target, and what was measured of it."""

    what: str
    over: str
    """The runner or command of which it is a multiple; empty if of none."""
    most: float
    unit: str
    """`×`, `s` or `MB`."""
    wall: float | None = None
    """None if it was not measured; for memory, the figure itself."""
    cpu: float | None = None
    rounds: int = 0
    sizes: str = ""
    """The sizes that were measured, if they are not those that are meant."""

    busy: bool = False
    """Other work ran beside it."""

    @property
    def verdict(self) -> str:
        if self.wall is None:
            return "not measured"
        met = "met" if self.wall <= self.most else "not met"
        met = f"{met} at {self.sizes}" if self.sizes else met
        return f"{met}, beside other work" if self.busy else met


def is_busy(result: Mapping[str, Any]) -> bool:
    """True if other work took more of the cores than BUSY when the measurement began."""
    return result["machine"]["busy"] > BUSY


def targets(runners: Results, scenarios: Results) -> Iterator[Judged]:
    """
    Args:
        runners: results by encounters, as text.
        scenarios: results by name.
    """
    for encounters, base, most in OF_RUNNERS:
        result = runners.get(str(encounters))
        for day in ("day 1", "day 2"):
            what = f"{encounters:,} encounters, {day}"
            figures = result["figures"] if result else {}
            if result and {"ours", base} <= set(figures):
                yield Judged(what, base, most, "×", *_ratio(figures["ours"][day], figures[base][day]), **_of(result))
            else:
                yield Judged(what, base, most, "×")
    yield _memory(scenarios.get("memory"))
    for scenario, name, base, most, meant in OF_PAIRS:
        result = scenarios.get(scenario)
        if result is None:
            yield Judged(name, base, most, "×")
            continue
        ratio = _ratio(result["costs"][name], result["costs"][base])
        yield Judged(name, base, most, "×", *ratio, sizes=_other_sizes(result, meant), **_of(result))
    idle = scenarios.get("idle")
    for name, most in OF_SECONDS:
        costs = [middle(idle["costs"][name], measure) for measure in ("wall", "cpu")] if idle else []
        yield Judged(name, "", most, "s", *costs, **(_of(idle) | {"sizes": _other_sizes(idle, USUAL)} if idle else {}))


def _other_sizes(result: Mapping[str, Any], meant: Mapping[str, int]) -> str:
    other = {key: result["size"][key] for key, size in meant.items() if result["size"][key] != size}
    return ", ".join(f"{key} {size:,}" for key, size in other.items())


def _memory(result: Mapping[str, Any] | None) -> Judged:
    what = f"peak memory, {MEMORY_AT['history']:,} encounters"
    if result is None:
        return Judged(what, "", MEGABYTES, "MB")
    what += f", DuckDB given {result['memory_limit']} and one model at a time"
    peak = max(middle(costs, "memory") for costs in result["costs"].values())
    return Judged(what, "", MEGABYTES, "MB", peak, sizes=_other_sizes(result, MEMORY_AT), **_of(result))


def _of(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"rounds": result["rounds"], "busy": is_busy(result)}


def _ratio(ours: list[dict[str, float]], base: list[dict[str, float]]) -> tuple[float, float]:
    return middle(ours, "wall") / middle(base, "wall"), middle(ours, "cpu") / middle(base, "cpu")
