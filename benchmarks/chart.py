"""Bars as SVG, of one measurement of all runners."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10

BAR, GAP = 430, 22


def chart(title: str, over: Mapping[str, Mapping[str, float]], labels: Mapping[str, str]) -> str:
    """Ratios by runner and day, as bars of a logarithmic scale that begins at 1.

    Args:
        over: by runner, then by day; what is less than 1 has no bar.
        labels: of runners.
    """
    height = 30 + GAP * sum(map(len, over.values()))
    size = f'width="760" height="{height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">']
    parts.append(f'<text x="8" y="18">{title}, logarithmic</text>')
    widest = max(log10(max(ratio, 1.01)) for each in over.values() for ratio in each.values())
    y = 28
    for name, each in over.items():
        fill = "#2563eb" if name == "ours" else "#94a3b8"
        for day, ratio in each.items():
            width = BAR * log10(max(ratio, 1.0)) / widest
            parts.append(f'<text x="8" y="{y + 13}">{labels[name]}, {day}</text>')
            parts.append(f'<rect x="240" y="{y}" width="{width:.0f}" height="16" fill="{fill}"/>')
            parts.append(f'<text x="{246 + width:.0f}" y="{y + 13}">{ratio:.1f}</text>')
            y += GAP
    return "\n".join([*parts, "</svg>"]) + "\n"
