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
from benchmarks.judge import Figures, middle, ratios, worse
from benchmarks.process import cost_of
from benchmarks.runners import inbox
from benchmarks.scenarios import IMPORTS, run_ours

RECORDED = Path(__file__).parent / "recorded.json"
ENCOUNTERS = 100_000
STEPS = {"day 1": (1,), "day 2": (2, 3, 4), "nothing new": (None,) * 5}
"""The day of each run, if it has one; the median of a step's runs is taken, which lie a quarter apart at most."""


def measure(tell=print) -> dict[str, dict[str, float]]:
    """What day 1, a day after it and a run with nothing new cost in CPU seconds, over importing dagster_dbt and dbt."""
    plan = deliveries.Plan(ENCOUNTERS)
    costs: dict[str, list[dict[str, float]]] = {step: [] for step in STEPS}
    units: dict[str, list[dict[str, float]]] = {step: [] for step in STEPS}
    with tempfile.TemporaryDirectory(prefix="healthcare-elt-benchmark-") as folder:
        home = Path(folder)
        # The first command of a fresh installation compiles what it imports.
        cost_of(IMPORTS)
        for step, days in STEPS.items():
            for day in days:
                if day:
                    deliveries.write_day(plan, day, inbox(home))
                # Before and after each run, since a machine's speed is another one minutes later.
                units[step].append(asdict(cost_of(IMPORTS)))
                costs[step].append(asdict(run_ours(home)))
                units[step].append(asdict(cost_of(IMPORTS)))
            tell(f"{step}: CPU {middle(costs[step], 'cpu'):.2f} s, unit {middle(units[step], 'cpu'):.2f} s", flush=True)
    figures: Figures = {"ours": costs, "imports": units}
    found = ratios(figures, "cpu", "imports")
    return {name: {step: round(ratio, 3) for step, ratio in steps.items()} for name, steps in found.items()}


def gate(record: bool) -> int:
    """Exit code 1, with a sentence for each ratio that is worse by a quarter; `record` records these instead.

    What seems worse is measured once more, and has to be worse again: other work on the machine comes and goes.
    """
    now = measure()
    if record:
        RECORDED.write_text(json.dumps(now, indent=2) + "\n")
        return 0
    recorded = json.loads(RECORDED.read_text())
    if found := worse(recorded, now):
        print("\n".join([*found, "Measuring once more."]), flush=True)
        now = measure()
        found = worse(recorded, now)
    print("\n".join(found) or f"No ratio is worse than the recorded one by a quarter: {now}.")
    return 1 if found else 0
