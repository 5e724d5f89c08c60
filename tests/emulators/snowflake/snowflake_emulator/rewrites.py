"""Statements that fakesnow does not know in this form, as ones that it does; and statements that change nothing
here.
"""

from __future__ import annotations

import re

from sqlglot import exp

NAME = r'(?:"(?:[^"]|"")*"|[\w$]+)(?:\.(?:"(?:[^"]|"")*"|[\w$]+))*'
SWAP = re.compile(rf"alter\s+table\s+(?:if\s+exists\s+)?({NAME})\s+swap\s+with\s+({NAME})", re.I)
TRUNCATE = re.compile(rf"truncate\s+(?:table\s+)?(?:if\s+exists\s+)?({NAME})", re.I)

COMMENT = r"(?P<column>\"[^\"]*\"|[\w$]+)\s+comment\s+(?P<text>'(?:[^']|'')*'|\$\$.*?\$\$)"
COMMENTS = re.compile(
    rf"alter\s+(?:table|view)\s+(?:if\s+exists\s+)?({NAME})\s+(?:alter|modify)\s+(?:column\s+)?"
    rf"((?:{re.sub(r'[?]P<[a-z]+>', '?:', COMMENT)}\s*,?\s*)+)",
    re.I | re.S,
)

WITHOUT_EFFECT = (
    # Settings of storage and of display; nothing here reads them.
    rf"alter\s+(?:table|view|schema|database)\s+(?:if\s+exists\s+)?{NAME}\s+(?:un)?set\s+(?:data_retention_time_in_days|"
    r"max_data_extension_time_in_days|change_tracking|comment|secure|default_ddl_collation|enable_schema_evolution)\b.*",
    rf"alter\s+table\s+(?:if\s+exists\s+)?{NAME}\s+(?:cluster\s+by\b.*|drop\s+clustering\s+key|(?:suspend|resume)\s+recluster)",
    rf"alter\s+schema\s+(?:if\s+exists\s+)?{NAME}\s+(?:enable|disable)\s+managed\s+access",
)
_WITHOUT_EFFECT = re.compile("|".join(WITHOUT_EFFECT), re.I | re.S)


def without_effect(statement: str) -> bool:
    """Accepted, journalled, not done."""
    return bool(_WITHOUT_EFFECT.fullmatch(statement))


def rewritten(statement: str) -> list[str]:
    """The statements that fakesnow is given instead."""
    if match := SWAP.fullmatch(statement):
        return _swapped(match[1], match[2])
    if match := COMMENTS.fullmatch(statement):
        found = re.finditer(COMMENT, match[2], re.I | re.S)
        return [f"comment on column {match[1]}.{one['column']} is {one['text']}" for one in found]
    if match := TRUNCATE.fullmatch(statement):
        return [f"truncate table {match[1]}"]
    if re.match(r"create\s+(or\s+replace\s+)?(transient\s+)?schema\b", statement, re.I):
        return [
            re.sub(r"\s+with\s+managed\s+access|\s+data_retention_time_in_days\s*=\s*\d+", "", statement, flags=re.I)
        ]
    if re.match(r"create\s+(or\s+replace\s+)?(transient\s+)?database\b", statement, re.I):
        return [
            re.sub(
                r"\s+(data_retention_time_in_days\s*=\s*\d+|comment\s*=\s*'(?:[^']|'')*')", "", statement, flags=re.I
            )
        ]
    return [statement]


def _swapped(one: str, other: str) -> list[str]:
    """Three renames; another session could see the moment between them."""
    last, other_last = one.rsplit(".", 1)[-1], other.rsplit(".", 1)[-1]
    between = f"{one[: len(one) - len(last)]}SWAPPED_BY_THE_EMULATOR"
    return [
        f"alter table {one} rename to SWAPPED_BY_THE_EMULATOR",
        f"alter table {other} rename to {last}",
        f"alter table {between} rename to {other_last}",
    ]


def unenforced(expression: exp.Expression) -> exp.Expression:
    """Snowflake keeps primary, unique and foreign keys as notes only; DuckDB would enforce them."""
    if not isinstance(expression, exp.Create) or not isinstance(expression.this, exp.Schema):
        return expression
    for kind in (
        exp.PrimaryKeyColumnConstraint,
        exp.UniqueColumnConstraint,
        exp.Reference,
        exp.PrimaryKey,
        exp.ForeignKey,
    ):
        for found in list(expression.this.find_all(kind)):
            note = found.parent if isinstance(found.parent, exp.ColumnConstraint | exp.Constraint) else found
            if kind is exp.PrimaryKeyColumnConstraint:
                note.replace(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
            elif note.parent is not None:
                note.pop()
    return expression
