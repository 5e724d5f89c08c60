"""The figures as tables and charts, written into docs/performance.md between its markers.

Here belongs how results look. Whether a target is met is `targets`, what growth comes to is `fit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks import results
from benchmarks.chart import chart
from benchmarks.growth_table import growth_lines
from benchmarks.judge import Figures, middle, ratios, spread
from benchmarks.machine import in_words
from benchmarks.runners import ROOT
from benchmarks.scenarios import NEW_ROWS
from benchmarks.targets import Judged, is_busy, targets

DOCUMENT = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LABELS = {
    "limit": "limit (one DuckDB script)",
    "ours": "healthcare_elt in full",
    "dlt_dbt": "dlt + dbt, bare scripts",
    "usual": "usual Dagster + dbt",
    "pandas_sqlite": "pandas + SQLite",
}
WORDS = {
    "nothing new": "a run with nothing new",
    "imports": "`import dagster_dbt, dbt.cli.main`",
    "new rows on a long history": f"{NEW_ROWS:,} new rows on a long history",
    "new rows on a history": f"{NEW_ROWS:,} on a usual one",
    "daily deliveries": "the same rows in daily deliveries",
    "one delivery": "in one delivery",
    "half dirty": "half of the rows bad",
    "clean": "none of them bad",
    "first page": "`dg dev` to its first page",
    "first page of an empty project": "that of an empty project",
    "status": "`status`",
    "status again": "`status`, told again",
    "help": "`--help`",
    "completion": "shell completion",
}
TITLES = {"cpu": "CPU seconds", "wall": "Wall seconds"}
FEW = 3
"""Rounds; with fewer, medians say little."""


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
            cells.append(f"{ratio:.1f}{apart}; {middle(costs, measure):.1f} s")
        memory = max(middle(costs, "memory") for costs in of_days.values())
        lines.append(f"| {LABELS[name]} | {' | '.join(cells)} | {memory:.0f} MB |")
    return lines


def ours_over(figures: Figures) -> list[str]:
    """A row for each other runner: the platform's medians over its own, by CPU and by wall."""
    days = list(figures["limit"])
    columns = [f"{day}, {measure}" for day in days for measure in ("CPU", "wall")]
    lines = ["| healthcare_elt over | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for name in figures:
        if name != "ours":
            over = {measure: ratios(figures, measure, name)["ours"] for measure in ("cpu", "wall")}
            cells = [f"{over[measure][day]:.2f}" for day in days for measure in ("cpu", "wall")]
            lines.append(f"| {LABELS[name]} | {' | '.join(cells)} |")
    return lines


def target_table(judged: Iterable[Judged]) -> list[str]:
    lines = ["| target | at most | measured | by CPU | rounds | |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    for each in judged:
        figures = [_figure(each.wall, each.unit), _figure(each.cpu, each.unit), str(each.rounds or "")]
        words = [WORDS.get(name, LABELS.get(name, name)) for name in (each.what, each.over) if name]
        what = " over ".join(words)
        lines.append(f"| {what} | {each.most:g} {each.unit} | {' | '.join(figures)} | {each.verdict} |")
    return lines


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.0f} {unit}" if unit == "MB" else f"{value:.2f} {unit}"


def circumstances(result: Mapping[str, Any]) -> str:
    """The machine, and how far the figures may be trusted."""
    told = result["machine"]
    words = [f"Machine: {in_words(told)}."]
    if (rounds := result.get("rounds")) is not None:
        words.append(f"Rounds: {rounds}.")
        if rounds < FEW:
            words.append("So few say of which order a ratio is, and no more.")
    if limit := result.get("memory_limit"):
        words.append(f"The platform's DuckDB may hold {limit}.")
    if is_busy(result):
        words.append("Other work ran beside it: read CPU, and take wall for chance.")
    return " ".join(words)


def write_up() -> None:
    """Writes all results into the document.

    Raises:
        FileNotFoundError: nothing was measured.
    """
    runners = dict(sorted(results.read("runners").items(), key=lambda each: int(each[0])))
    scenarios, growth = results.read("scenario"), results.read("growth")
    if not (runners or scenarios or growth):
        raise FileNotFoundError("Nothing was measured yet: run `make bench` first.")
    lines = ["### Targets", "", "Judged by medians of wall seconds, or of peak memory.", ""]
    lines += [*target_table(targets(runners, scenarios)), ""]
    for name, result in runners.items():
        lines += _of_runners(name, result)
    if scenarios:
        lines += ["### Other comparisons", "", *_of_scenarios(scenarios), ""]
    if growth:
        lines += growth_lines(growth, circumstances)
    text = DOCUMENT.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    DOCUMENT.write_text("\n".join([f"{before}{BEGIN}", "", *lines, f"{END}{after}"]))


def _of_runners(name: str, result: Mapping[str, Any]) -> list[str]:
    figures, image = result["figures"], f"performance-{name}.svg"
    over = ratios(figures, "cpu", "limit")
    IMAGES.joinpath(image).write_text(chart("CPU seconds, times the limit", over, LABELS))
    title = f"{int(name):,} encounters"
    command = f"runners --encounters {name} --rounds {result['rounds']} --only {' '.join(figures)}"
    others = f" Of dlt + dbt and pandas: {result['others']}." if result.get("others") else ""
    told = f"{circumstances(result)}{others} {_repeat(command)}"
    lines = [f"### {title}", "", told, "", f"![{title}: CPU over the limit](images/{image})", ""]
    for measure, words in TITLES.items():
        lines += [f"{words} over the limit's:", "", *runner_table(figures, measure), ""]
    return [*lines, *ours_over(figures), ""] if "ours" in figures else lines


def _of_scenarios(scenarios: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = ["| scenario | command | wall | CPU | memory |", "| --- | --- | ---: | ---: | ---: |"]
    for scenario, result in scenarios.items():
        for name, costs in result["costs"].items():
            wall, cpu, memory = (middle(costs, measure) for measure in ("wall", "cpu", "memory"))
            lines.append(f"| {scenario} | {WORDS.get(name, name)} | {wall:.2f} s | {cpu:.2f} s | {memory:.0f} MB |")
    return [*lines, "", *(f"- {name}: {_of_scenario(name, result)}" for name, result in scenarios.items())]


def _of_scenario(name: str, result: Mapping[str, Any]) -> str:
    sizes = " ".join(f"--{what} {size}" for what, size in result["size"].items())
    command = f"scenarios --only {name} {sizes} --rounds {result['rounds']}"
    return f"{circumstances(result)} {_repeat(command)}"


def _repeat(command: str) -> str:
    return f"Repeat: `.venv/bin/python -m benchmarks {command}`."
