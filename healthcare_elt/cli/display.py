"""Sentences, tables and JSON: the forms of everything that is printed.

Here belongs how it looks, made to be read in 80 columns. What is said is in the commands and in `summary`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

console = Console(highlight=False)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def say(sentence: str, style: str = "", indent: int = 0) -> None:
    """A sentence, wrapped at words in a terminal and left whole in a pipe; never read as markup."""
    _print(console, sentence, style, indent)


def complain(sentence: str) -> None:
    """What went wrong, on standard error."""
    _print(Console(stderr=True, highlight=False), sentence, "red", 0)


def _print(where: Console, sentence: str, style: str, indent: int) -> None:
    text = Text(sentence, style)
    if where.is_terminal:
        where.print(Padding(text, (0, 0, 0, indent), expand=False))
    else:
        where.print(Text(" " * indent) + text, soft_wrap=True)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A titled table; names and numbers are never broken, and without rows there is nothing at all."""
    rows = list(rows)
    if not rows:
        return
    texts = [[_cell(row[index]) for row in rows] for index in range(len(columns))]
    widths = [max(map(len, [column, *cells])) for column, cells in zip(columns, texts, strict=True)]
    gap = 2 if sum(widths) + 2 * (len(columns) - 1) <= console.width else 1
    table = Table(box=box.SIMPLE_HEAD, padding=(0, gap - 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for index, column in enumerate(columns):
        table.add_column(column, **_manner([row[index] for row in rows], texts[index], widths[index]))
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console.print()
    console.print(Text(title, "bold"))
    console.print(table)


def print_blocks(title: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Records one below the other, a field a line: for rows with more columns than a terminal has room for."""
    console.print(Text(title, "bold"))
    width = max((len(name) for record in records for name in record), default=0)
    for number, record in enumerate(records, start=1):
        console.print(Text(f"\n{number:,}", "dim"))
        for name, value in record.items():
            say(f"{name:<{width}}  {_cell(value)}", indent=2)


def _manner(values: list[Any], texts: list[str], width: int) -> dict[str, Any]:
    """Numbers go to the right; texts of several words may be wrapped between them, nothing else may."""
    if all(value is None or isinstance(value, int | float | Decimal) for value in values):
        return {"justify": "right", "min_width": width}
    if any(" " in text for text in texts):
        return {"overflow": "fold"}
    return {"no_wrap": True, "min_width": width}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return f"{value:,}"
    return " ".join(str(value).split())
