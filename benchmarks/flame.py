"""A flame graph as SVG: which functions called which, each as wide as the share of samples in which it was at work.

Here belongs folding stacks, a hundred frames deep, to what can be read, and drawing them. Frames of one package after
another are one box, named by the function by which the package was entered; Python's own modules have none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape

WIDTH, ROW, DEPTH, TOP = 1200, 19, 8, 26
NARROWEST = 3
"""Pixels; what is narrower is not drawn."""
LETTER = 6.4
"""Pixels of a letter, on average."""
# By the beginning of the package's name.
FILLS = {"dagster": "#c7d2fe", "dbt": "#fed7aa", "healthcare_elt": "#bbf7d0", "sqlalchemy": "#fbcfe8"}
OTHER_FILL, PART_FILL = "#e2e8f0", "#94a3b8"
FRAME = re.compile(r"(?P<function>.+) \((?P<package>[\w.-]+?)(?:\.py|/[^:]*)?(?::\d+)?\)")


@dataclass
class Box:
    """How often it was at work, and what it called."""

    samples: int = 0
    inner: dict[str, Box] = field(default_factory=dict)

    def add(self, labels: list[str], samples: int) -> None:
        box = self
        box.samples += samples
        for label in labels:
            box = box.inner.setdefault(label, Box())
            box.samples += samples


def flame(title: str, stacks: Iterable[tuple[str, list[str], int]]) -> str:
    """
    Args:
        stacks: the part of the run, the frames from its own first one on, outermost first, as py-spy writes them, and
            the number of samples.
    """
    whole = Box()
    for part, frames, samples in stacks:
        whole.add([part, *folded(frames)][:DEPTH], samples)
    height = TOP + ROW * DEPTH
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
    words = f'<text x="4" y="16">{escape(title)}; {whole.samples:,} samples</text>'
    return "\n".join([head, words, *_drawn(whole, 0, TOP, WIDTH / max(whole.samples, 1)), "</svg>"]) + "\n"


def folded(frames: Iterable[str]) -> list[str]:
    """One label for frames of the same package that follow each other."""
    labels: list[str] = []
    before = None
    for frame in frames:
        found = FRAME.fullmatch(frame)
        package = found["package"] if found else ""
        if not package or package in sys.stdlib_module_names or package == before:
            continue
        function = found["function"]
        labels.append(f"import {package}" if function == "<module>" else f"{package}: {function}")
        before = package
    return labels


def _drawn(box: Box, x: float, y: int, scale: float) -> Iterator[str]:
    for label, inner in sorted(box.inner.items(), key=lambda each: -each[1].samples):
        width = inner.samples * scale
        if width >= NARROWEST:
            yield _rectangle(label, x, y, width, PART_FILL if y == TOP else _fill(label.removeprefix("import ")))
            yield from _drawn(inner, x, y + ROW, scale)
        x += width


def _fill(package: str) -> str:
    return next((fill for name, fill in FILLS.items() if package.startswith(name)), OTHER_FILL)


def _rectangle(label: str, x: float, y: int, width: float, fill: str) -> str:
    letters = int((width - 6) / LETTER)
    text = label if len(label) <= letters else f"{label[: letters - 1]}…" if letters >= 4 else ""
    place = f'x="{x:.1f}" y="{y}" width="{width - 0.5:.1f}" height="{ROW - 1}"'
    words = f'<text x="{x + 3:.1f}" y="{y + 13}">{escape(text)}</text>' if text else ""
    return f'<g><title>{escape(label)}, {width / WIDTH:.1%}</title><rect {place} fill="{fill}"/>{words}</g>'
