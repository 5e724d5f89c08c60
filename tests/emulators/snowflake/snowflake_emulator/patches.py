"""What has to be changed in fakesnow itself, because no argument and no subclass reaches it."""

from __future__ import annotations

from fakesnow import info_schema, transforms

_comment_sql = info_schema.insert_table_comment_sql


def apply() -> None:
    """Makes the changes; once is enough."""
    # fakesnow casts what SUM and AVG add up to DOUBLE; Snowflake keeps exact numbers exact.
    transforms.numeric_agg_implicit_cast = lambda expression: expression
    # A quote in a comment on a table would end its literal.
    info_schema.insert_table_comment_sql = _comment_with_quotes


def _comment_with_quotes(catalog: str, schema: str, table: str, comment: str | None) -> str:
    return _comment_sql(catalog, schema, table, comment and comment.replace("'", "''"))
