"""Tables and JSON: the two forms of everything that is printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

console = Console(highlight=False)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A titled table; numbers to the right, nothing at all when there are no rows."""
    rows = list(rows)
    if not rows:
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float) or _is_decimal(row[index]) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)


def print_records(title: str, records: Sequence[Mapping[str, Any]]) -> None:
    """A table with one column per field of the records."""
    if records:
        columns = list(records[0])
        print_table(
            title, [name.replace("_", " ").strip() for name in columns], ([r[c] for c in columns] for r in records)
        )


def _is_decimal(value: Any) -> bool:
    return type(value).__name__ == "Decimal"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
