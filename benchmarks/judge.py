"""What figures say: medians, their spread, ratios, and whether one of them has become worse. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

WORSE_BY = 1.25
"""A ratio that is more than this times the recorded one fails the gate."""

Figures = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]


def middle(costs: Sequence[Mapping[str, float]], measure: str) -> float:
    """The median of `wall`, `cpu` or `memory`."""
    return median(cost[measure] for cost in costs)


def spread(costs: Sequence[Mapping[str, float]], measure: str) -> float:
    """How far the rounds lie apart, as a share of their median: (max - min) / median."""
    values = [cost[measure] for cost in costs]
    return (max(values) - min(values)) / median(values)


def ratios(figures: Figures, measure: str, base: str) -> dict[str, dict[str, float]]:
    """The median of every runner and day over that of the runner `base`, of the same day."""
    bases = {day: middle(costs, measure) for day, costs in figures[base].items()}
    return {
        name: {day: middle(costs, measure) / bases[day] for day, costs in days.items()}
        for name, days in figures.items()
        if name != base
    }


def worse(
    recorded: Mapping[str, Mapping[str, float]], now: Mapping[str, Mapping[str, float]], factor: float = WORSE_BY
) -> list[str]:
    """A sentence for each recorded ratio that is now more than `factor` times as large, or missing."""
    found = []
    for name, days in recorded.items():
        for day, before in days.items():
            after = now.get(name, {}).get(day)
            if after is None:
                found.append(f"{name}, {day}: not measured, and {before:.2f} is recorded; measure it or record anew.")
            elif after > before * factor:
                found.append(f"{name}, {day}: {after:.2f}, and {before:.2f} is recorded; find what became slower.")
    return found
