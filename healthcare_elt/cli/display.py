"""Sentences, tables and JSON: the forms of everything that is printed.

Here belongs how it looks, made to be read in 80 columns. What is said is in the commands and in `summary`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


class Sentence(NamedTuple):
    """A sentence, wrapped at words in a terminal and left whole in a pipe; never read as markup. Without one, a gap."""

    text: str
    style: str = ""
    indent: int = 0


class Table(NamedTuple):
    """A titled table; names and numbers are never broken, and without rows there is nothing at all.

    Where they have no room beside each other, the rows are shown one below the other.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    """Texts, as they are shown."""
    numbers: Sequence[bool]
    """For each column whether it holds nothing but numbers."""


Block = Sentence | Table


def console(*, stderr: bool = False) -> Console:
    from rich.console import Console  # completion does without

    return Console(highlight=False, stderr=stderr)


def building() -> Status:
    """Says in a terminal, as long as it is entered, that the tables are brought up to date."""
    return console(stderr=True).status("Bringing the tables up to date …")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    rows = list(rows)
    numbers = [all(_is_number(row[index]) for row in rows) for index in range(len(columns))]
    return Table(title, columns, [[_cell(value) for value in row] for row in rows], numbers)


def as_json(value: Any) -> str:
    return json.dumps(value, default=_plain, indent=2, ensure_ascii=False)


def print_json(value: Any) -> None:
    typer.echo(as_json(value))


def _plain(value: Any) -> Any:
    from dataclasses import asdict, is_dataclass

    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def say(sentence: str, style: str = "", indent: int = 0) -> None:
    show(Sentence(sentence, style, indent))


def complain(sentence: str) -> None:
    """What went wrong, on standard error."""
    _print(console(stderr=True), Sentence(sentence, "red"))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    show(table(title, columns, rows))


def show(block: Block) -> None:
    """Print it in the width that there is."""
    if isinstance(block, Sentence):
        _print(console(), block)
    elif block.rows and _least_width(block) <= (where := console()).width:
        _print_table(where, block)
    elif block.rows:
        say("")
        print_blocks(block.title, [dict(zip(block.columns, row, strict=True)) for row in block.rows])


def _print(where: Console, sentence: Sentence) -> None:
    from rich.padding import Padding
    from rich.text import Text

    text = Text(sentence.text, sentence.style)
    if not sentence.text:
        where.print()
    elif where.is_terminal:
        where.print(Padding(text, (0, 0, 0, sentence.indent), expand=False))
    else:
        where.print(Text(" " * sentence.indent) + text, soft_wrap=True)


def _least_width(block: Table) -> int:
    """What the table needs if the texts that may be wrapped are as narrow as their column's name."""
    texts = zip(*block.rows, strict=True)
    least = [
        len(column) if not is_number and _may_wrap(cells) else _width([column, *cells])
        for column, cells, is_number in zip(block.columns, texts, block.numbers, strict=True)
    ]
    return sum(least) + len(least) - 1


def _width(texts: Iterable[str]) -> int:
    """Of the widest; letters of some scripts are two columns wide."""
    from rich.cells import cell_len

    return max(map(cell_len, texts))


def _print_table(where: Console, block: Table) -> None:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    texts = [[row[index] for row in block.rows] for index in range(len(block.columns))]
    widths = [_width([column, *cells]) for column, cells in zip(block.columns, texts, strict=True)]
    gap = 2 if sum(widths) + 2 * (len(block.columns) - 1) <= where.width else 1
    shown = RichTable(
        box=box.SIMPLE_HEAD, padding=(0, gap - 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim"
    )
    for column, cells, width, is_number in zip(block.columns, texts, widths, block.numbers, strict=True):
        shown.add_column(column, **_manner(cells, width, is_number))
    for row in block.rows:
        shown.add_row(*map(Text, row))
    where.print()
    where.print(Text(block.title, "bold"))
    where.print(shown)


def print_blocks(title: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Records one below the other, a field a line: for rows with more columns than a terminal has room for."""
    from rich.text import Text

    where = console()
    where.print(Text(title, "bold"))
    width = max((len(name) for record in records for name in record), default=0)
    for number, record in enumerate(records, start=1):
        where.print(Text(f"\n{number:,}", "dim"))
        for name, value in record.items():
            say(f"{name:<{width}}  {_cell(value)}", indent=2)


def _manner(texts: list[str], width: int, is_number: bool) -> dict[str, Any]:
    """Numbers go to the right; texts of several words may be wrapped between them, nothing else may."""
    if is_number:
        return {"justify": "right", "min_width": width}
    if _may_wrap(texts):
        return {"overflow": "fold"}
    return {"no_wrap": True, "min_width": width}


def _may_wrap(texts: Iterable[str]) -> bool:
    return any(" " in text for text in texts)


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float | Decimal)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return f"{value:,}"
    return " ".join(str(value).split())
