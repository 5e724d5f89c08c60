"""Growth as tables: what was measured at each size, and the exponent that it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.fit import NOISE, exponent, least_exponent
from benchmarks.growth import DIMENSIONS
from benchmarks.targets import Results

MORE_THAN_LINEAR = 1.3
"""An exponent above this is told as such; the measurements of CPU lie a few percent apart."""
METHOD = (
    "Each size is a home of its own, measured once. The exponent is the slope of log(cost - cost of the smallest size) "
    "by log(size - smallest size), by least squares: 1 is linear, a square comes out at 1.8 or more. Where the largest "
    f"size alone costs {NOISE:.0%} more than the smallest, the least that it can be. A dash: no size costs so much "
    "more, or what is added does not rise with the size."
)


def growth_lines(growth: Results, circumstances: Callable[[Mapping[str, Any]], str]) -> list[str]:
    """
    Args:
        growth: results by dimension.
        circumstances: the machine of a result, in words.
    """
    lines = ["### Growth", "", METHOD, ""]
    for name, dimension in DIMENSIONS.items():
        if name in growth:
            lines += [
                f"Against {dimension.words}. {circumstances(growth[name])}",
                "",
                *_table(growth[name]["points"]),
                "",
            ]
    return [*lines, *_verdict(growth)]


def curves(points: list[dict[str, Any]]) -> Iterator[tuple[str, list[float], float | None, str]]:
    """What was measured, its figures by size, the exponent or the least that it can be, and the same in words."""
    sizes = [point["size"] for point in points]
    for what in points[0]["figures"]:
        figures = [point["figures"][what] for point in points]
        grows, least = exponent(sizes, figures), least_exponent(sizes, figures)
        words = f"{grows:.2f}" if grows is not None else "-" if least is None else f"≥ {least:.2f}"
        yield what, figures, least if grows is None else grows, words


def _table(points: list[dict[str, Any]]) -> list[str]:
    lines = ["| | " + " | ".join(f"{point['size']:,}" for point in points) + " | exponent |"]
    lines.append("| --- |" + " ---: |" * (len(points) + 1))
    for what, figures, _, words in curves(points):
        cells = [f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}" for figure in figures]
        lines.append(f"| {what} | {' | '.join(cells)} | {words} |")
    return lines


def _verdict(growth: Results) -> list[str]:
    steep = [
        f"- {name}: {what}, {words}"
        for name, result in growth.items()
        for what, _, grows, words in curves(result["points"])
        if grows is not None and grows > MORE_THAN_LINEAR
    ]
    if not steep:
        return [f"Nothing that was measured grows with an exponent above {MORE_THAN_LINEAR}.", ""]
    return [f"Exponents above {MORE_THAN_LINEAR}:", "", *steep, ""]
