"""Functions and types that fakesnow or sqlglot get wrong for what an ELT project needs, made right.

`MACROS` are DuckDB's side of it. Known to be wrong still, so never to be asserted on: the scale of a division, lengths
of VARCHAR, more than microseconds, epoch numbers in TRY_TO_DATE and TRY_TO_TIMESTAMP without a format, SHA2 with other
lengths than 256, the order of a sorted array of numbers, the index of a row that FLATTEN makes with OUTER.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from .errors import unsupported

MACROS = {
    "emu_try_timestamp(x)": "TRY_CAST(x AS TIMESTAMP)",
    "emu_date_trunc(part, x)": "cast_to_type(date_trunc(part, x), x)",
    "emu_divisor(x)": "CASE WHEN x = 0 THEN error('Division by zero') ELSE x END",
    "emu_outer(x)": """CASE WHEN x IS NULL OR (json_type(to_json(x)) = 'ARRAY' AND json_array_length(to_json(x)) = 0)
        THEN CAST('[null]' AS JSON) ELSE to_json(x) END""",
    "emu_text(x)": """CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN regexp_replace(CAST(x AS VARCHAR), '\\.0$', '')
        WHEN typeof(x) <> 'TIMESTAMP' THEN CAST(x AS VARCHAR)
        WHEN contains(CAST(x AS VARCHAR), '.') THEN left(CAST(x AS VARCHAR) || '000', 23)
        ELSE CAST(x AS VARCHAR) || '.000' END""",
    "emu_list(x)": "CAST(to_json(x) AS JSON[])",
    "emu_texts(x)": "list_transform(emu_list(x), lambda one: one ->> '$')",
    "emu_array_to_string(x, sign)": """CASE WHEN sign IS NOT NULL AND x IS NOT NULL
        THEN array_to_string(list_transform(emu_texts(x), lambda one: coalesce(one, '')), sign) END""",
    "emu_array_contains(x, one)": "list_contains(CAST(emu_list(x) AS VARCHAR[]), CAST(to_json(one) AS VARCHAR))",
    "emu_array_position(x, one)": "list_position(CAST(emu_list(x) AS VARCHAR[]), CAST(to_json(one) AS VARCHAR)) - 1",
    "emu_array_distinct(x)": "to_json(list_distinct(emu_list(x)))",
    "emu_array_compact(x)": "to_json(list_filter(emu_list(x), lambda one: coalesce(json_type(one), 'NULL') <> 'NULL'))",
    "emu_array_sort(x)": "to_json(list_sort(emu_list(x)))",
    "emu_array_cat(x, y)": "to_json(list_concat(emu_list(x), emu_list(y)))",
    "emu_array_append(x, one)": "to_json(list_append(emu_list(x), to_json(one)))",
    "emu_array_slice(x, first, beyond)": "to_json(list_slice(emu_list(x), first + 1, beyond))",
    "emu_array_intersection(x, y)": "to_json(list_intersect(emu_list(x), emu_list(y)))",
}
TIME_WORDS = {
    "YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MON": "%b", "MM": "%m", "DD": "%d", "DY": "%a", "HH24": "%H", "HH12": "%I",
    "MI": "%M", "SS": "%S", "FF3": "%g", "FF6": "%f", "FF9": "%n", "FF": "%n", "AM": "%p", "PM": "%p",
}  # fmt: skip
_TIME_WORD = re.compile(r'"([^"]*)"|(' + "|".join(TIME_WORDS) + r")|([^A-Za-z\"]+)|(.)", re.I)


def create_in(duck: DuckDBPyConnection, database: str | None = None) -> None:
    """Makes the macros in a database, for its views, or in a session alone."""
    if database:
        duck.execute(f"SET schema = '\"{database}\".main'")
    for name, body in MACROS.items():
        duck.execute(f"CREATE OR REPLACE {'MACRO' if database else 'TEMP MACRO'} {name} AS ({body})")


def corrected(expression: exp.Expression, session: Any) -> exp.Expression:
    """The Snowflake statement before fakesnow turns it into DuckDB's."""
    return _bottom_up(expression, lambda node: _corrected(node, session))


def finished(expression: exp.Expression) -> exp.Expression:
    """The statement after fakesnow has turned it: casts to text write numbers and timestamps as Snowflake does."""
    return _bottom_up(expression, _as_text)


def _bottom_up(expression: exp.Expression, change: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    for node in reversed(list(expression.walk(bfs=True))):
        changed = change(node)
        if changed is not node:
            if node is expression:
                return changed
            node.replace(changed)
    return expression


def _corrected(node: exp.Expression, session: Any) -> exp.Expression:
    if isinstance(node, exp.Func):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).upper()
        if name in _CONTEXT and not (isinstance(node, exp.Anonymous) and node.expressions):
            value = _CONTEXT[name](session)
            return exp.null() if value is None else exp.Literal.string(value)
    rule = _RULES.get(type(node))
    return rule(node) if rule else node


def _macro(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=f"EMU_{name}", expressions=[argument.copy() for argument in arguments])


def _anonymous(node: exp.Anonymous) -> exp.Expression:
    name, arguments = node.name.upper(), node.expressions
    if name in ("TRY_TO_TIMESTAMP", "TRY_TO_TIMESTAMP_NTZ"):
        if len(arguments) == 1:
            return _macro("TRY_TIMESTAMP", *arguments)
        return exp.func("TRY_TO_TIMESTAMP", *arguments, dialect="snowflake")
    if name == "IS_ROLE_IN_SESSION":
        return exp.true()
    return node


def _try_cast(node: exp.TryCast) -> exp.Expression:
    if node.to.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
        return _macro("TRY_TIMESTAMP", node.this)
    return node


def _cast(node: exp.Cast) -> exp.Expression:
    """A value as VARIANT is its JSON; DuckDB's own cast would read it as JSON text."""
    if node.to.this == exp.DataType.Type.VARIANT:
        return exp.Anonymous(this="TO_JSON", expressions=[node.this.copy()])
    return node


def _regexp_replace(node: exp.RegexpReplace) -> exp.Expression:
    position, occurrence, flags = (node.args.get(key) for key in ("position", "occurrence", "modifiers"))
    if not (position or occurrence or flags):
        return node
    if (position and position.name != "1") or (occurrence and occurrence.name != "0"):
        raise unsupported("REGEXP_REPLACE with a position or an occurrence")
    with_all = exp.Literal.string(f"g{flags.name if flags else ''}")
    return exp.Anonymous(
        this="REGEXP_REPLACE", expressions=[node.this, node.expression, node.args["replacement"], with_all]
    )


def _explode(node: exp.Explode) -> exp.Expression:
    """FLATTEN with OUTER gives a row for what is empty too."""
    outer = [one for one in node.expressions if isinstance(one, exp.Kwarg) and one.name.upper() == "OUTER"]
    if not outer or not isinstance(outer[0].expression, exp.Boolean) or not outer[0].expression.this:
        return node
    made = node.copy()
    made.set("expressions", [one for one in made.expressions if one.name.upper() != "OUTER"])
    value = made.this.expression if isinstance(made.this, exp.Kwarg) else made.this
    value.replace(_macro("OUTER", value))
    return made


def _asof(node: exp.Join) -> exp.Expression:
    """Snowflake's ASOF JOIN keeps every left row, and has its inequality beside ON."""
    condition = node.args.get("match_condition")
    if condition is None:
        return node
    made = node.copy()
    made.set("match_condition", None)
    made.set("side", "LEFT")
    made.set("on", exp.and_(node.args["on"], condition) if node.args.get("on") else condition.copy())
    return made


def _to_char(node: exp.ToChar) -> exp.Expression:
    form = node.args.get("format")
    if form is None:
        return exp.cast(node.this.copy(), "text")
    found = list(_TIME_WORD.finditer(form.name))
    if any(match[4] for match in found) or not any(match[2] for match in found):
        raise unsupported(f"TO_CHAR with the format {form.name}")
    text = "".join(TIME_WORDS[match[2].upper()] if match[2] else match[1] or match[3] or "" for match in found)
    return exp.Anonymous(this="STRFTIME", expressions=[node.this.copy(), exp.Literal.string(text)])


def _divided(node: exp.Div) -> exp.Expression:
    if isinstance(node.expression, exp.Literal) and node.expression.name != "0":
        return node
    made = node.copy()
    made.set("expression", _macro("DIVISOR", node.expression))
    return made


def _as_text(node: exp.Expression) -> exp.Expression:
    if type(node) is not exp.Cast or node.to.this not in (exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR):
        return node
    if isinstance(node.this, exp.Literal | exp.Null | exp.JSONExtractScalar) or node.find_ancestor(exp.ColumnDef):
        return node
    return _macro("TEXT", node.this)


def _over_texts(node: exp.ArrayFilter | exp.Transform) -> exp.Expression:
    """FILTER and TRANSFORM over an array; its elements are given to the lambda as texts, whatever they are."""
    made = node.copy()
    made.this.replace(_macro("TEXTS", made.this))
    return exp.Anonymous(this="TO_JSON", expressions=[made])


def _truncated(node: exp.DateTrunc | exp.TimestampTrunc) -> exp.Expression:
    return _macro("DATE_TRUNC", exp.Literal.string(node.args["unit"].name), node.this)


_RULES: dict[type, Callable[[Any], exp.Expression]] = {
    exp.Anonymous: _anonymous,
    exp.ArrayAppend: lambda node: _macro("ARRAY_APPEND", node.this, node.expression),
    exp.ArrayCompact: lambda node: _macro("ARRAY_COMPACT", node.this),
    exp.ArrayConcat: lambda node: _macro("ARRAY_CAT", node.this, *node.expressions),
    exp.ArrayContains: lambda node: _macro("ARRAY_CONTAINS", node.this, node.expression),
    exp.ArrayDistinct: lambda node: _macro("ARRAY_DISTINCT", node.this),
    exp.ArrayIntersect: lambda node: _macro("ARRAY_INTERSECTION", *node.expressions),
    exp.ArrayFilter: _over_texts,
    exp.ArrayPosition: lambda node: _macro("ARRAY_POSITION", node.this, node.expression),
    exp.ArraySlice: lambda node: _macro("ARRAY_SLICE", node.this, node.args["start"], node.args["end"]),
    exp.ArrayToString: lambda node: _macro("ARRAY_TO_STRING", node.this, node.expression),
    exp.ArrayUniqueAgg: lambda node: exp.Anonymous(this="TO_JSON", expressions=[node.copy()]),
    exp.Cast: _cast,
    exp.DateTrunc: _truncated,
    exp.Div: _divided,
    exp.Explode: _explode,
    exp.Join: _asof,
    exp.RegexpReplace: _regexp_replace,
    exp.SortArray: lambda node: _macro("ARRAY_SORT", node.this),
    exp.TimestampTrunc: _truncated,
    exp.ToChar: _to_char,
    exp.Transform: _over_texts,
    exp.TryCast: _try_cast,
}

_CONTEXT: dict[str, Callable[[Any], str | None]] = {
    "CURRENT_ACCOUNT": lambda _: "EMULATOR",
    "CURRENT_ACCOUNT_NAME": lambda _: "EMULATOR",
    "CURRENT_ORGANIZATION_NAME": lambda _: "TESTS",
    "CURRENT_REGION": lambda _: "AWS_US_EAST_1",
    "CURRENT_CLIENT": lambda _: "PythonConnector",
    "CURRENT_ROLE": lambda session: session.role,
    "CURRENT_USER": lambda session: session.user,
    "CURRENT_WAREHOUSE": lambda session: session.warehouse,
    "CURRENT_SESSION": lambda session: str(session.number),
    "CURRENT_TRANSACTION": lambda session: "1" if session.transaction.active else None,
    "LAST_QUERY_ID": lambda session: session.last_query_id,
}
