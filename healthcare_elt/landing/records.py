"""Delimited text, record by record, by the rules of one dialect.

Here belongs what is a well-formed record. Which dialect a file has is found out in `sniff`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MOST_RECORDS = 10_000
"""So many tell a dialect."""
LINE_END = r"(?:\r\n|\r|\n)"
_REST_OF_LINE = re.compile(rf"[^\r\n]*+{LINE_END}?")
_BLANK_LINES = re.compile(rf"(?:[ \t]*+{LINE_END})*(?:[ \t]*+\Z)?")


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quote: str = '"'
    """Empty if no character quotes."""
    escape: str = '"'
    """What stands before a quote inside of quotes: the quote again, or a backslash."""


def record_at(text: str, start: int, dialect: Dialect) -> tuple[list[str], int] | None:
    """The cells of the record that begins there, and where its line ends; None if it is not well-formed."""
    cell, delimiter = _compiled(dialect), dialect.delimiter
    cells = []
    while found := cell.match(text, start):
        quoted, plain = found.groups()
        cells.append(plain if quoted is None else _unescaped(quoted, dialect))
        start = found.end()
        if not text.startswith(delimiter, start):
            return cells, end_of_line(text, start)
        start += len(delimiter)
    return None


def share_of_width(text: str, start: int, width: int, dialect: Dialect) -> float:
    """How many of the next records are well-formed and have so many cells; empty ones may follow."""
    cell, delimiter = _cell(dialect), re.escape(dialect.delimiter)
    record = re.compile(rf"{cell}(?:{delimiter}{cell}){{{width - 1}}}(?:{delimiter})*(?:{LINE_END}|\Z)", re.DOTALL)
    good = bad = 0
    while (start := _after_blanks(text, start)) < len(text) and good + bad < MOST_RECORDS:
        found = record.match(text, start)
        good, bad = good + bool(found), bad + (not found)
        start = found.end() if found else end_of_line(text, start)
    return good / max(good + bad, 1)


def end_of_line(text: str, start: int) -> int:
    """Where the next line begins."""
    found = _REST_OF_LINE.match(text, start)
    return found.end() if found else len(text)


def _after_blanks(text: str, start: int) -> int:
    found = _BLANK_LINES.match(text, start)
    return found.end() if found else start


def _unescaped(quoted: str, dialect: Dialect) -> str:
    return re.sub(re.escape(dialect.escape) + r"(.)", r"\1", quoted, flags=re.DOTALL)


@lru_cache
def _cell(dialect: Dialect) -> str:
    """A pattern with two groups: what stands inside of quotes, or a cell without any.

    Only single letters are repeated possessively: for groups, Python before 3.11.5 matches wrongly (cpython 106052).
    """
    delimiter, quote = re.escape(dialect.delimiter), re.escape(dialect.quote)
    first = re.escape(dialect.delimiter[0])
    end = rf"(?={delimiter}|[\r\n]|\Z)"
    if not quote:
        return rf"(?:((?!))|([^\r\n{first}]*+(?:(?!{delimiter}){first}[^\r\n{first}]*+)*){end})"
    blank = "" if dialect.delimiter.isspace() else "[ ]*+"
    if dialect.escape == "\\":
        quoted, letters = rf"[^{quote}\\]*+(?:\\.[^{quote}\\]*+)*", rf"[^\r\n\\{first}]*+"
        plain = rf"{letters}(?:(?:\\.|(?!{delimiter}){first}){letters})*"
    else:
        # A backslash before a quote that quotes nothing speaks against this dialect.
        quoted, letters = rf"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*", rf"[^\r\n\\{first}]*+"
        plain = rf"{letters}(?:(?!{delimiter}|\\{quote})[\\{first}]{letters})*"
    return rf"(?:{blank}{quote}({quoted}){quote}{blank}{end}|(?!{blank}{quote})({plain}){end})"


@lru_cache
def _compiled(dialect: Dialect) -> re.Pattern[str]:
    return re.compile(_cell(dialect), re.DOTALL)
