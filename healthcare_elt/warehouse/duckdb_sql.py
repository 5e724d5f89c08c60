"""The names that DuckDB's modules share, and quoting.

Here belongs text; nothing is executed.
"""

from __future__ import annotations

STAGED = "temp.main.staged"
"""The rows of one batch on their way into bronze: the file's index and its columns as c1, c2, ..."""


def staged_columns(count: int) -> list[str]:
    return [f"c{number}" for number in range(1, count + 1)]


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
