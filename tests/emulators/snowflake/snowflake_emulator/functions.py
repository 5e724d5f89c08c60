"""Functions and types that fakesnow or sqlglot get wrong for what an ELT project needs, made right."""

from __future__ import annotations

from typing import Any

from sqlglot import exp


def corrected(expression: exp.Expression, session: Any) -> exp.Expression:
    """The Snowflake statement before fakesnow turns it into DuckDB's."""
    return expression.transform(lambda node: _context(node, session))


def finished(expression: exp.Expression) -> exp.Expression:
    """The statement after fakesnow has turned it."""
    return expression


def _context(node: exp.Expression, session: Any) -> exp.Expression:
    if not isinstance(node, exp.Func):
        return node
    name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).upper()
    found = _CONTEXT.get(name)
    return found(session) if found and not (isinstance(node, exp.Anonymous) and node.expressions) else node


def _text(value: str | None) -> exp.Expression:
    return exp.null() if value is None else exp.Literal.string(value)


_CONTEXT = {
    "CURRENT_ACCOUNT": lambda _: _text("EMULATOR"),
    "CURRENT_ACCOUNT_NAME": lambda _: _text("EMULATOR"),
    "CURRENT_ORGANIZATION_NAME": lambda _: _text("TESTS"),
    "CURRENT_REGION": lambda _: _text("AWS_US_EAST_1"),
    "CURRENT_CLIENT": lambda _: _text("PythonConnector"),
    "CURRENT_ROLE": lambda session: _text(session.role),
    "CURRENT_USER": lambda session: _text(session.user),
    "CURRENT_WAREHOUSE": lambda session: _text(session.warehouse),
    "CURRENT_SESSION": lambda session: _text(str(session.number)),
    "CURRENT_TRANSACTION": lambda session: _text("1" if session.transaction.active else None),
    "LAST_QUERY_ID": lambda session: _text(session.last_query_id),
}
