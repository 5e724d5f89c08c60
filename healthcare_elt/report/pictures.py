"""Pictures as inline SVG, small and readable without colour.

Here belongs drawing alone: numbers in, markup out. Colours are classes of report.css, so that light, dark and paper
each have their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from healthcare_elt.pipeline.profile import ColumnShares
from healthcare_elt.report.content import Day, DayState

CELL, GAP, HEIGHT = 7, 1, 22
TALLEST = 80
"""Height of the largest share in a picture of drift."""
TALL: dict[DayState, int] = {"loaded": 14, "rejected": 22, "landed": 18, "withdrawn": 8}
"""Height of a day by its state: a page in black and white tells as much."""


def strip(days: Sequence[Day], first: date, last: date) -> Markup:
    """One bar per delivery date that had a delivery, on a line from the first day to the last."""
    bars = Markup("").join(
        Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
            day.state, _x(day.day, first), HEIGHT - TALL[day.state], CELL, TALL[day.state], _words(day)
        )
        for day in days
    )
    width = _x(last, first) + CELL
    return Markup(
        '<svg class="strip" width="{}" viewBox="0 0 {} {}" role="img" aria-label="{}"><path d="M0 {}h{}"/>{}</svg>'
    ).format(width, width, HEIGHT + 1, _summary(days), HEIGHT + 0.5, width, bars)


def months(first: date, last: date) -> Markup:
    """The names of the months above the strips."""
    starts = [first] + [day for day in _days(first, last) if day.day == 1 and (day - first).days > 7]
    if len(starts) > 1 and (starts[1] - first).days <= 14:
        starts = starts[1:]
    names = Markup("").join(
        Markup('<text x="{}" y="11">{}</text>').format(_x(day, first), f"{day:%b %Y}") for day in starts
    )
    width = _x(last, first) + CELL
    return Markup('<svg class="months" width="{}" viewBox="0 0 {} 14" aria-hidden="true">{}</svg>').format(
        width, width, names
    )


def bars(days: Sequence[Day]) -> Markup:
    """Rows per delivery date, as they came, relative to the largest."""
    if not days:
        return Markup("")
    most = max(day.rows for day in days) or 1
    width = 120 / len(days)
    drawn = Markup("").join(
        Markup('<rect x="{}" y="{}" width="{}" height="{}"/>').format(
            round(index * width, 2), round(HEIGHT * (1 - day.rows / most), 2), max(round(width - 0.5, 2), 0.5),
            round(HEIGHT * day.rows / most, 2),
        )
        for index, day in enumerate(days)
    )  # fmt: skip
    label = f"Rows per delivery date, at most {most:,}"
    return Markup('<svg class="bars" viewBox="0 0 120 {}" role="img" aria-label="{}">{}</svg>').format(
        HEIGHT, label, drawn
    )


def drift(shares: ColumnShares) -> Markup:
    """Two bars per value or range: the deliveries before, and the last one; the name and the shares on each."""
    most = max((*shares.delivery, *shares.reference), default=0) or 1
    width = 320 / max(len(shares.labels), 1)
    pairs = zip(shares.labels, shares.reference, shares.delivery, strict=True)
    bars = Markup("").join(
        _pair(index * width, width, label, before / most, now / most, f"{label}: {before:.1%} before, {now:.1%} now")
        for index, (label, before, now) in enumerate(pairs)
    )
    label = f"Shares of the values of {shares.column}, before and now"
    return Markup('<svg class="drift" viewBox="0 0 320 {}" role="img" aria-label="{}">{}</svg>').format(
        TALLEST + 12, label, bars
    )


def _pair(x: float, width: float, label: str, before: float, now: float, words: str) -> Markup:
    bar = round(width * 0.42, 2)
    drawn = Markup("").join(
        Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
            name, round(x + shift, 2), round(TALLEST * (1 - share), 2), bar, round(TALLEST * share, 2)
        )
        for name, shift, share in (("reference", 0.0, before), ("delivery", bar, now))
    )
    name = Markup('<text x="{}" y="{}">{}</text>').format(round(x, 2), TALLEST + 10, label)
    return Markup("<g><title>{}</title>{}{}</g>").format(words, drawn, name if 6 * len(label) < width else Markup(""))


def share(part: float, whole: float) -> Markup:
    """A bar that is as long as the part of the whole."""
    width = round(100 * part / whole, 1) if whole else 0
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="8"/></svg>'
    ).format(width)


def _x(day: date, first: date) -> int:
    return (day - first).days * (CELL + GAP)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _words(day: Day) -> str:
    count = "1 delivery" if day.deliveries == 1 else f"{day.deliveries:,} deliveries"
    return f"{day.day}: {day.state}, {count}, {day.rows:,} rows"


def _summary(days: Sequence[Day]) -> str:
    counts = {state: sum(day.state == state for day in days) for state in TALL}
    return ", ".join(f"{count} days {state}" for state, count in counts.items() if count) or "no delivery"
