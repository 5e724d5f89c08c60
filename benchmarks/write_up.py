"""The figures as tables and a chart, written into docs/performance.md between its markers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import log10

from benchmarks.judge import Figures, middle, ratios, spread
from benchmarks.runners import BENCHMARKS, ROOT

RESULTS = BENCHMARKS / "results"
DOCUMENT = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "images" / "performance.svg"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LABELS = {
    "limit": "limit (one DuckDB script)",
    "ours": "healthcare_elt in full",
    "dlt_dbt": "dlt + dbt, bare scripts",
    "usual": "usual Dagster + dbt",
    "pandas_sqlite": "pandas + SQLite",
}
PAIRS = (
    ("nothing new", "imports", 1.0),
    ("new rows on a long history", "new rows on a history", 1.2),
    ("daily deliveries", "one delivery", 2.0),
    ("half dirty", "clean", 2.0),
)
"""Commands of scenarios.py, what each is compared with, and the most that it may be of it."""


def runner_table(figures: Figures, measure: str) -> list[str]:
    """A row for each runner: its medians over those of the limit, and how far its rounds lie apart."""
    days = list(figures["limit"])
    lines = ["| | " + " | ".join(days) + " | peak memory |", "| --- |" + " ---: |" * (len(days) + 1)]
    over = ratios(figures, measure, "limit")
    for name, of_days in figures.items():
        cells = []
        for day, costs in of_days.items():
            ratio = 1.0 if name == "limit" else over[name][day]
            apart = f" (±{spread(costs, measure) * 50:.0f} %)" if len(costs) > 1 else ""
            cells.append(f"{ratio:.1f}{apart}")
        memory = max(middle(costs, "memory") for costs in of_days.values())
        lines.append(f"| {LABELS[name]} | {' | '.join(cells)} | {memory:.0f} MB |")
    return lines


def pair_table(costs: Mapping[str, list[dict[str, float]]]) -> list[str]:
    """A row for each pair that was measured."""
    lines = ["| | compared with | CPU | wall | target |", "| --- | --- | ---: | ---: | ---: |"]
    for name, base, target in PAIRS:
        if name in costs and base in costs:
            cpu, wall = (middle(costs[name], m) / middle(costs[base], m) for m in ("cpu", "wall"))
            lines.append(f"| {name} | {base} | {cpu:.2f} | {wall:.2f} | ≤ {target} |")
    for name in ("status", "help", "completion"):
        if name in costs:
            seconds = [f"{middle(costs[name], measure):.2f} s" for measure in ("cpu", "wall")]
            lines.append(f"| {name} | | {seconds[0]} | {seconds[1]} | ≤ 0.3 s |")
    return lines


def chart(figures: Figures, measure: str) -> str:
    """The medians of all runners as bars of a logarithmic scale, as SVG."""
    over = ratios(figures, measure, "limit")
    days = list(figures["limit"])
    height = 30 + 22 * len(days) * len(over)
    size = f'width="760" height="{height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">']
    parts.append('<text x="8" y="18">Times the limit, logarithmic</text>')
    widest = max(log10(max(ratio, 1.01)) for each in over.values() for ratio in each.values())
    y = 28
    for name, each in over.items():
        fill = "#2563eb" if name == "ours" else "#94a3b8"
        for day, ratio in each.items():
            width = 430 * log10(max(ratio, 1.01)) / widest
            parts.append(f'<text x="8" y="{y + 13}">{LABELS[name]}, {day}</text>')
            parts.append(f'<rect x="240" y="{y}" width="{width:.0f}" height="16" fill="{fill}"/>')
            parts.append(f'<text x="{246 + width:.0f}" y="{y + 13}">{ratio:.1f}</text>')
            y += 22
    return "\n".join([*parts, "</svg>"]) + "\n"


def write_up() -> None:
    """Writes the newest results of every size into the document. FileNotFoundError if nothing was measured."""
    lines: list[str] = []
    for file in sorted(RESULTS.glob("runners-*.json"), key=lambda f: int(f.stem.split("-")[1])):
        result = json.loads(file.read_text())
        figures = result["figures"]
        lines += [f"### {result['encounters']:,} encounters; rounds: {result['rounds']}", ""]
        for measure in ("cpu", "wall"):
            title = "CPU seconds" if measure == "cpu" else "Wall seconds"
            lines += [f"{title} over the limit's:", "", *runner_table(figures, measure), ""]
        CHART.write_text(chart(figures, "cpu"))
    for file in sorted(RESULTS.glob("scenarios.json")):
        result = json.loads(file.read_text())
        lines += [f"### Other targets; rounds: {result['rounds']}", "", *pair_table(result["costs"]), ""]
    if not lines:
        raise FileNotFoundError("Nothing was measured yet: run `make bench` first.")
    text = DOCUMENT.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    DOCUMENT.write_text("\n".join([f"{before}{BEGIN}", "", *lines, f"{END}{after}"]))
