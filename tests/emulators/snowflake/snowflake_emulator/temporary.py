"""Temporary tables and views: private to their session, gone with it, and hiding a permanent one of the same name.

DuckDB's own temporary tables have no database and no schema, so the full name becomes the name of one of those, and
every reference to it in the session is turned to it.
"""

from __future__ import annotations

from sqlglot import exp

from .text import literal

Name = tuple[str, str, str]


def _full(table: exp.Table, database: str | None, schema: str | None) -> Name:
    def part(identifier: exp.Identifier | None, default: str | None) -> str:
        if identifier is None:
            return default or ""
        return identifier.name if identifier.args.get("quoted") else identifier.name.upper()

    return part(table.args.get("catalog"), database), part(table.args.get("db"), schema), part(table.this, None)


def _physical(name: Name) -> exp.Identifier:
    return exp.to_identifier(".".join(name), quoted=True)


def redirected(
    expression: exp.Expression, known: set[Name], database: str | None, schema: str | None
) -> exp.Expression:
    """The statement with every temporary name turned to DuckDB's; `known` gains and loses what it makes and drops."""
    created = _created(expression)
    if created is not None:
        name = _full(created, database, schema)
        known.add(name)
    if not known:
        return expression
    for table in list(expression.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier):
            continue
        name = _full(table, database, schema)
        if name in known:
            _turn(table, name, target=table is created)
            if isinstance(expression, exp.Drop):
                known.discard(name)
    return expression


def _created(expression: exp.Expression) -> exp.Table | None:
    if not isinstance(expression, exp.Create) or expression.args.get("kind") not in ("TABLE", "VIEW"):
        return None
    properties = expression.args.get("properties")
    temporary = properties and any(isinstance(p, exp.TemporaryProperty) for p in properties.expressions)
    return expression.find(exp.Table) if temporary else None


def _turn(table: exp.Table, name: Name, target: bool) -> None:
    if not target and not table.alias and isinstance(table.parent, exp.From | exp.Join):
        table.set("alias", exp.TableAlias(this=exp.to_identifier(name[2], quoted=True)))
    table.set("this", _physical(name))
    table.set("db", None)
    table.set("catalog", None)


def describing(table: exp.Table, known: set[Name], database: str | None, schema: str | None) -> str | None:
    """The SQL of a DESCRIBE TABLE of a temporary one, in the columns that Snowflake gives; nothing if it is not
    temporary.
    """
    name = _full(table, database, schema)
    if name not in known:
        return None
    return f"""
        SELECT column_name AS "name", {SNOWFLAKE_TYPE} AS "type", 'COLUMN' AS "kind",
            CASE WHEN is_nullable THEN 'Y' ELSE 'N' END AS "null?", column_default AS "default", 'N' AS "primary key",
            'N' AS "unique key", NULL::VARCHAR AS "check", NULL::VARCHAR AS "expression", NULL::VARCHAR AS "comment",
            NULL::VARCHAR AS "policy name", NULL::VARCHAR AS "privacy domain"
        FROM duckdb_columns()
        WHERE database_name = 'temp' AND table_name = {literal(".".join(name))} ORDER BY column_index"""


SNOWFLAKE_TYPE = """
    CASE WHEN data_type LIKE 'DECIMAL%' THEN replace(data_type, 'DECIMAL', 'NUMBER')
         WHEN data_type IN ('BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT', 'HUGEINT') THEN 'NUMBER(38,0)'
         WHEN data_type = 'VARCHAR' THEN 'VARCHAR(16777216)'
         WHEN data_type = 'DOUBLE' THEN 'FLOAT'
         WHEN data_type = 'BLOB' THEN 'BINARY(8388608)'
         WHEN data_type = 'TIME' THEN 'TIME(9)'
         WHEN data_type = 'TIMESTAMP' THEN 'TIMESTAMP_NTZ(9)'
         WHEN data_type = 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMP_TZ(9)'
         WHEN data_type = 'JSON' THEN 'VARIANT'
         ELSE data_type END"""
