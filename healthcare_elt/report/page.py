"""The page itself: the template filled, and written in one step.

Here belongs nothing that is asked of a home. The template escapes all it is given; the page's own policy forbids the
browser to fetch anything.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.filesize import decimal

from healthcare_elt.atomic import replace_file
from healthcare_elt.report import pictures
from healthcare_elt.report.content import MOST_LISTED, Report

GLYPHS = {"passed": "✓", "warned": "!", "failed": "✗"}


def render(report: Report) -> str:
    environment = Environment(
        loader=PackageLoader("healthcare_elt.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "size": decimal, "duration": _duration}
    template = environment.get_template("report.html")
    return template.render(report=report, pictures=pictures, glyphs=GLYPHS, most_listed=MOST_LISTED, most_findings=6)


def write_page(report: Report, path: Path) -> None:
    """Replace the page in one step.

    Raises:
        OSError: it cannot be written there.
    """
    replace_file(path, render(report).encode())


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
