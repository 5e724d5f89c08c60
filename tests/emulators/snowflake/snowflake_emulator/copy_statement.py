"""A COPY INTO statement as its parts. What is not known is refused: an option ignored would be a wrong load."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType

from .errors import failure, unsupported
from .text import Reader, name_parts

COPY_OPTIONS = {"FILE_FORMAT", "FILES", "FORCE", "LOAD_UNCERTAIN_FILES", "ON_ERROR", "PATTERN"}
FORMAT_OPTIONS = {
    "CSV": {
        "COMPRESSION",
        "EMPTY_FIELD_AS_NULL",
        "ENCODING",
        "ERROR_ON_COLUMN_COUNT_MISMATCH",
        "ESCAPE",
        "ESCAPE_UNENCLOSED_FIELD",
        "FIELD_DELIMITER",
        "FIELD_OPTIONALLY_ENCLOSED_BY",
        "MULTI_LINE",
        "NULL_IF",
        "RECORD_DELIMITER",
        "REPLACE_INVALID_CHARACTERS",
        "SKIP_BLANK_LINES",
        "SKIP_BYTE_ORDER_MARK",
        "SKIP_HEADER",
        "TRIM_SPACE",
    },
    "JSON": {"COMPRESSION", "MULTI_LINE", "REPLACE_INVALID_CHARACTERS", "SKIP_BYTE_ORDER_MARK", "STRIP_OUTER_ARRAY"},
    "PARQUET": {"COMPRESSION", "BINARY_AS_TEXT", "USE_LOGICAL_TYPE", "USE_VECTORIZED_SCANNER"},
}
MOST_FILES = 1000


@dataclass(frozen=True)
class Copy:
    """What a COPY asks for; `items` are the expressions of a transformation, none without one."""

    table: exp.Table
    columns: list[str]
    items: list[exp.Expression]
    location: str
    options: dict[str, Any]

    @property
    def on_error(self) -> str:
        return str(self.options.get("ON_ERROR", "ABORT_STATEMENT")).upper()

    @property
    def force(self) -> bool:
        return bool(self.options.get("FORCE", False))

    @property
    def files(self) -> list[str] | None:
        return self.options.get("FILES")


def parsed(statement: str) -> Copy:
    """Raises the error of a statement that is wrong or asks for what the emulator does not know."""
    reader = Reader(statement)
    reader.accept("COPY", "INTO")
    if reader.peek() == "@" or reader.tokens[reader.at].token_type == TokenType.STRING:
        raise unsupported("COPY INTO a location")
    table = sqlglot.parse_one(reader.name(), read="snowflake", into=exp.Table)
    columns = [name_parts(name)[0] for name in reader.inside().split(",")] if reader.peek() == "(" else []
    if not reader.accept("FROM"):
        raise failure("SQL compilation error:\nsyntax error: COPY INTO without FROM")
    items: list[exp.Expression] = []
    if reader.peek() == "(":
        items, location, inner = _transformation(reader.inside())
    else:
        location, inner = reader.location(), {}
    options = inner | reader.options()
    _refuse(set(options) - COPY_OPTIONS, "the COPY option")
    _check(options)
    return Copy(table, columns, items, location, options)


def _transformation(query: str) -> tuple[list[exp.Expression], str, dict[str, Any]]:
    """`SELECT … FROM @stage [(options)] [alias]` as its expressions, its location and its options."""
    reader = Reader(query)
    depth, after_from = 0, None
    for at, token in enumerate(reader.tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.token_type != TokenType.STRING else 0
        if depth == 0 and token.token_type == TokenType.FROM:
            after_from = at
            break
    if after_from is None:
        raise failure("SQL compilation error:\nsyntax error: a COPY transformation without FROM")
    select = sqlglot.parse_one(query[: reader.tokens[after_from].start], read="snowflake")
    reader.at = after_from + 1
    location = reader.location()
    options = Reader(reader.inside()).options() if reader.peek() == "(" else {}
    reader.accept("AS")
    if not reader.ended:
        reader.take()
    if not reader.ended or select.args.get("distinct"):
        simple = "COPY statement only supports simple SELECT from stage statements for import."
        raise failure(f"SQL compilation error:\n{simple}", 2019, "0A000")
    return list(select.expressions), location, options


def _check(options: dict[str, Any]) -> None:
    files = len(options.get("FILES") or [])
    if files > MOST_FILES:
        text = f"The number of files in FILES ({files}) is above the maximum of {MOST_FILES}."
        raise failure(f"SQL compilation error:\n{text}", 1092, "42601")
    on_error = str(options.get("ON_ERROR", "CONTINUE"))
    if not re.fullmatch(r"(?i)CONTINUE|ABORT_STATEMENT|SKIP_FILE(_\d+%?)?", on_error):
        raise failure(f"SQL compilation error:\ninvalid value [{on_error}] for parameter 'ON_ERROR'", 1420, "22023")


def file_format(copy: Copy, stage: dict[str, Any], named: Any) -> dict[str, Any]:
    """The format's options: of the statement, else of the stage; `named` finds those of a format by its name."""
    given = copy.options.get("FILE_FORMAT", stage.get("FILE_FORMAT", {}))
    if not isinstance(given, dict):
        given = {"FORMAT_NAME": given}
    given = dict(given)
    if name := given.pop("FORMAT_NAME", None):
        given = named(str(name)) | given
    given.pop("COMMENT", None)
    kind = str(given.pop("TYPE", "CSV")).upper()
    if kind not in FORMAT_OPTIONS:
        raise unsupported(f"files of type {kind}")
    _refuse(set(given) - FORMAT_OPTIONS[kind], f"the {kind} format option")
    return {"TYPE": kind} | given


def _refuse(unknown: set[str], what: str) -> None:
    if unknown:
        raise unsupported(f"{what} {', '.join(sorted(unknown))}")
