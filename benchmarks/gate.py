"""The gate of CI: the platform's CPU seconds at 100,000 encounters, as ratios, against recorded.json.

CPU seconds and not wall: with other load on the machine, wall times lie several times as far apart.
The unit is what importing dagster_dbt and dbt costs, which is of the same kind as most of a small run: a faster machine
changes both.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks import deliveries
from benchmarks.judge import Figures, ratios, worse
from benchmarks.process import cost_of
from benchmarks.runners import inbox
from benchmarks.scenarios import IMPORTS, run_ours

RECORDED = Path(__file__).parent / "recorded.json"
ENCOUNTERS = 100_000
TIMES = {"day 1": 1, "day 2": 1, "nothing new": 5}
"""A day can be taken once; what is short lies further apart, and its median is taken."""


def measure(tell=print) -> dict[str, dict[str, float]]:
    """What day 1, day 2 and a run with nothing new cost in CPU seconds, over the import of dagster_dbt and dbt."""
    plan = deliveries.Plan(ENCOUNTERS)
    costs: dict[str, list[dict[str, float]]] = {}
    units = []
    with tempfile.TemporaryDirectory(prefix="healthcare-elt-benchmark-") as folder:
        home = Path(folder)
        # The first command of a fresh installation compiles what it imports.
        cost_of(IMPORTS)
        for step, times in TIMES.items():
            units += [asdict(cost_of(IMPORTS)) for _ in range(2)]
            if step != "nothing new":
                deliveries.write_day(plan, int(step[-1]), inbox(home))
            costs[step] = [asdict(run_ours(home)) for _ in range(times)]
            tell(f"{step}: CPU {min(cost['cpu'] for cost in costs[step]):.2f} s, unit {units[-1]['cpu']:.2f} s")
    figures: Figures = {"ours": costs, "imports": dict.fromkeys(costs, units)}
    return ratios(figures, "cpu", "imports")


def gate(record: bool) -> int:
    """Exit code 1, with a sentence for each ratio that is worse by a quarter; `record` records these instead."""
    now = measure()
    if record:
        RECORDED.write_text(json.dumps(now, indent=2) + "\n")
        return 0
    found = worse(json.loads(RECORDED.read_text()), now)
    print("\n".join(found) or f"No ratio is worse than the recorded one by a quarter: {now}.")
    return 1 if found else 0
