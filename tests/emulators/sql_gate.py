"""Which statements of a journal are no Snowflake SQL: each shape is parsed once with sqlfluff's snowflake dialect.

The shape of a statement is its text without comments and, in queries and DML, with every string, number, bound value
and list of them made the same: a thousand INSERTs that differ in their values alone are parsed once. DDL keeps its
values, for the dialect knows which ones an option may take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from sqlfluff.core import FluffConfig, Linter

TOKEN = re.compile(r"('(?:[^'\\]|''|\\.)*')|/\*.*?\*/|--[^\n]*", re.S)
NUMBER = re.compile(r"(?<![\w$.])\d+(?:\.\d+)?(?!\w)")
REPEATED = re.compile(r"(?P<one>\((?:'s'|1|null|,|\s)+\)|'s'|1)(?:\s*,\s*(?P=one))+", re.I)
FILES = re.compile(r"\bfiles\s*=\s*\(\s*('(?:[^']|'')*')[^)]*\)", re.I)
WITH_VALUES = re.compile(r"(select|with|insert|update|delete|merge)\b", re.I)

UNKNOWN_TO_SQLFLUFF = (
    # Valid by Snowflake's documentation, but sqlfluff 4.5 has no grammar for it.
    r"show tags\b.*",
    r"show row access policies\b.*",
    r"grant apply on tag .*",
    r"alter table \S+ add column if not exists \S+ varchar with tag .*",
    r"alter tag \S+ set masking policy .*",
    r"put 'file://.*",
    r"put file://.*",
)
_UNKNOWN = re.compile("|".join(UNKNOWN_TO_SQLFLUFF), re.I | re.S)


def shape(statement: str) -> str:
    """A statement of the same form, on one line, with the values taken out where they do not matter."""
    bare = TOKEN.sub(lambda found: found[1] or " ", statement).strip()
    if WITH_VALUES.match(bare):
        bare = NUMBER.sub("1", TOKEN.sub("'s'", bare)).replace("?", "null")
        bare = REPEATED.sub(lambda found: found["one"], bare)
    bare = FILES.sub(lambda found: f"files=({found[1]})", bare)
    return re.sub(r"\s+", " ", bare).rstrip("; ")


@lru_cache
def _linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "snowflake", "templater": "raw"}))


@cache
def problem(of_shape: str) -> str | None:
    """Why a shape does not parse, else nothing."""
    if _UNKNOWN.fullmatch(of_shape):
        return None
    parsed = _linter().parse_string(f"{of_shape};\n")
    found = [violation.desc() for violation in parsed.violations]
    return found[0] if found else None


def unparsable(statements: Iterable[str]) -> list[tuple[str, str]]:
    """Each shape that does not parse, with the first statement that has it and why."""
    shapes: dict[str, str] = {}
    for statement in statements:
        shapes.setdefault(shape(statement), statement)
    return [(statement, why) for form, statement in shapes.items() if (why := problem(form))]
