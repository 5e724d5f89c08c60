"""Tags and policies that stand in the CREATE TABLE, CREATE VIEW or ADD COLUMN itself.

Here belongs taking them out, since neither DuckDB nor fakesnow knows them there. They are remembered like those of an
ALTER, and like those they are not enforced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .rewrites import NAME
from .text import name_parts

PAIR = rf"({NAME})\s*=\s*'((?:[^']|'')*)'"
TAGGED = re.compile(rf"\s+with\s+tag\s*\(\s*((?:{NAME}\s*=\s*'(?:[^']|'')*'\s*,?\s*)+)\)", re.I)
GUARDED = re.compile(
    rf"\s+with\s+((?:row\s+access|masking)\s+policy)\s+({NAME})(?:\s+(?:on|using)\s*\(([^()]*)\))?", re.I
)
CREATED = re.compile(
    rf"create\s+(?:or\s+replace\s+)?(?:transient\s+)?(?:table|view)\s+(?:if\s+not\s+exists\s+)?({NAME})\s*\(", re.I
)
ADDED = re.compile(
    rf"alter\s+table\s+(?:if\s+exists\s+)?({NAME})\s+add\s+column\s+(?:if\s+not\s+exists\s+)?({NAME})\s", re.I
)
SEVERAL = re.compile(rf"(alter\s+table\s+{NAME}\s+modify\s+)(column\s+.*\bset\s+tag\b.*)", re.I | re.S)


@dataclass(frozen=True)
class Inline:
    """A tag or policy, of a column or of the table if that is None."""

    what: str
    policy: str
    column: str | None
    argument: str


@dataclass(frozen=True)
class Taken:
    """A statement without them."""

    table: str
    statement: str
    found: tuple[Inline, ...]


def taken_out(statement: str) -> Taken | None:
    """Nothing for a statement that has none."""
    if not (TAGGED.search(statement) or GUARDED.search(statement)):
        return None
    if match := ADDED.match(statement):
        return Taken(match[1], _bare(statement), tuple(_found(statement, _column(match[2]))))
    if match := CREATED.match(statement):
        columns, rest = _bracketed(statement[match.end() :])
        found = [each for column in columns for each in _found(column, _column(column.strip()))]
        return Taken(match[1], _bare(statement), (*found, *_found(rest, None)))
    return None


def of_external_table(name: str, rest: str) -> Taken:
    """What follows the name; all of it belongs to the table."""
    return Taken(name, "", tuple(_found(rest, None)))


def several_columns(statement: str) -> list[str]:
    """ALTER TABLE … MODIFY COLUMN a SET TAG …, COLUMN b SET TAG … as one statement for each column."""
    if not (match := SEVERAL.fullmatch(statement)):
        return [statement]
    return [f"{match[1]}{part}" for part in re.split(r",\s*(?=column\s)", match[2], flags=re.I)]


def _bare(text: str) -> str:
    return GUARDED.sub("", TAGGED.sub("", text))


def _found(text: str, column: str | None) -> Iterator[Inline]:
    for pairs in TAGGED.findall(text):
        for tag, value in re.findall(PAIR, pairs):
            yield Inline("TAG", tag, column, value.replace("''", "'"))
    for what, policy, columns in GUARDED.findall(text):
        yield Inline(" ".join(what.upper().split()), policy, column, columns)


def _column(definition: str) -> str:
    return name_parts(re.match(NAME, definition)[0])[-1]


def _bracketed(text: str) -> tuple[list[str], str]:
    """The parts between commas up to the closing bracket, and what follows it."""
    parts, start, depth = [], 0, 0
    for sign in re.finditer(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[(),]", text):
        if sign[0] in ",)" and not depth:
            parts.append(text[start : sign.start()])
            start = sign.end()
            if sign[0] == ")":
                return parts, text[start:]
        depth += {"(": 1, ")": -1}.get(sign[0], 0)
    raise ValueError(f"syntax error: no closing bracket: {text[-40:]}")
