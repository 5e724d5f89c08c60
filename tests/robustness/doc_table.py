"""The tables of docs/csv.md, made of what the tests expect; run it to write them there.

.venv/bin/python tests/robustness/doc_table.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clean_table import Pollution
from pollutions import BY_KIND, EACH_PLACE

DOC = Path(__file__).parents[2] / "docs" / "csv.md"
BEGIN, END = "<!-- tables begin -->", "<!-- tables end -->"


def document() -> str:
    """The document as it stands, with the tables as they must be."""
    before, _, rest = DOC.read_text("utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{rest.partition(END)[2]}"


def tables() -> str:
    kinds = {kind: [(each.name, outcome(each)) for each in pollutions] for kind, pollutions in BY_KIND.items()}
    return "\n".join(
        [_table(kind, rows) for kind, rows in kinds.items()] + [_table("One fault at each place", _places())]
    )


def outcome(pollution: Pollution) -> str:
    """In words, with places."""
    if pollution.rejected:
        return f"rejected: {pollution.rejected}"
    parts = [f"{_places_of(lines, 'line')} in rejects: {reason}" for reason, lines in _grouped(pollution.rejects)]
    parts += [f"{_places_of(rows, 'row')} in quarantine: {rules}" for rules, rows in _grouped(pollution.quarantined)]
    parts = parts or ["loaded right"]
    if pollution.without:
        parts.append(f"{', '.join(pollution.without)} is null")
    return "; ".join([*parts, f"warning: {pollution.warning}"] if pollution.warning else parts)


def _grouped(places: dict[int, str]) -> Iterable[tuple[str, list[int]]]:
    return [
        (text, [place for place, each in places.items() if each == text]) for text in dict.fromkeys(places.values())
    ]


def _places_of(places: list[int], word: str) -> str:
    if len(places) == 1:
        return f"{word} {places[0]}"
    if len(places) == 2:
        return f"{word}s {places[0]} and {places[1]}"
    return f"{len(places)} {word}s from {places[0]} to {places[-1]}"


def _places() -> list[tuple[str, str]]:
    found: dict[str, dict[str, None]] = {}
    for each in EACH_PLACE:
        found.setdefault(each.name.partition(", row")[0], {})[_kind(each)] = None
    return [(name, " or ".join(outcomes)) for name, outcomes in found.items()]


def _kind(pollution: Pollution) -> str:
    if pollution.rejects:
        return "its line in rejects"
    return "its row in quarantine" if pollution.quarantined else "loaded right"


def _table(kind: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {_cell(name)} | {_cell(text)} |\n" for name, text in rows]
    return f"### {kind}\n\n| pollution | outcome |\n| --- | --- |\n{''.join(lines)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    DOC.write_text(document(), "utf-8")
