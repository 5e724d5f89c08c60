"""What the Snowflake tests put into an account and take out of it, over the connector alone.

Here belongs copying what DuckDB's bronze holds, without the loader, and comparing what dbt made of it on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb

TRANSFORMED = ("silver", "quarantine", "gold", "features", "curated", "reference")
ROWS_AT_ONCE = 500
RESERVED = {"start", "rows"}
"""The only columns of bronze and the load log whose names Snowflake keeps for itself."""

TYPES = {"BIGINT": "number(19)", "DATE": "date", "TIMESTAMP": "timestamp_ntz(6)", "VARCHAR": "varchar"}

Table = tuple[str, str]
"""Schema and name."""
Contents = dict[tuple[str, ...], int]
"""How often each row is there, its values as texts."""


def copy_bronze(warehouse: Path, snowflake: Any) -> None:
    """Bronze and the load log as DuckDB has them now, in place of what Snowflake has; by the loader's connection."""
    cursor = snowflake.cursor()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for schema, table in [*_tables(connection, ("bronze",)), ("meta", "load_log")]:
            relation = connection.sql(f'select * from {schema}."{table}"')
            columns = [f'"{name.upper()}"' if name in RESERVED else name for name in relation.columns]
            kinds = [TYPES[str(kind)] for kind in relation.types]
            declared = ", ".join(f"{name} {kind}" for name, kind in zip(columns, kinds, strict=True))
            cursor.execute(f"create or replace transient table {schema}.{table} ({declared})")
            insert = f"insert into {schema}.{table} ({', '.join(columns)}) values ({', '.join('?' for _ in columns)})"
            rows = relation.fetchall()
            for first in range(0, len(rows), ROWS_AT_ONCE):
                cursor.executemany(insert, rows[first : first + ROWS_AT_ONCE])


def differences(warehouse: Path, snowflake: Any) -> tuple[list[str], int, int]:
    """One sentence for each table that is not the same on both; how many tables and rows were compared."""
    found, tables, rows = [], 0, 0
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        here, there = set(_tables(connection, TRANSFORMED)), set(_snowflake_tables(snowflake))
        found += [f"{'.'.join(table)} is on one side only" for table in sorted(here ^ there)]
        for table in sorted(here & there):
            expected, seen = _of_duckdb(connection, table), _of_snowflake(snowflake, table)
            tables, rows = tables + 1, rows + sum(expected[1].values())
            found += [f"{'.'.join(table)}: {text}" for text in _told(*expected, *seen)]
    return found, tables, rows


def _told(columns: list[str], expected: Contents, columns_there: list[str], seen: Contents) -> Iterator[str]:
    if columns != columns_there:
        yield f"columns {columns} are {columns_there} on Snowflake"
    elif expected != seen:
        missing = [row for row, count in expected.items() if seen.get(row, 0) < count]
        surplus = [row for row, count in seen.items() if expected.get(row, 0) < count]
        yield f"{len(missing)} rows are missing on Snowflake, such as {missing[:1]}"
        yield f"{len(surplus)} rows are too many on Snowflake, such as {surplus[:1]}"


def _tables(connection: duckdb.DuckDBPyConnection, schemas: Iterable[str]) -> list[Table]:
    return connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where list_contains(?, table_schema) order by all",
        [list(schemas)],
    ).fetchall()


def _snowflake_tables(snowflake: Any) -> list[Table]:
    """Views are asked for as well: some emulators of Snowflake leave them out of `tables`."""
    names = "select lower(table_schema), lower(table_name) from information_schema."
    cursor = snowflake.cursor().execute(f"{names}tables union {names}views")
    return [(schema, table) for schema, table in cursor.fetchall() if schema in TRANSFORMED]


def _of_duckdb(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[list[str], Contents]:
    names = sorted(connection.sql(f'select * from {table[0]}."{table[1]}"').columns)
    texts = ", ".join(f'cast("{name}" as varchar)' for name in names)
    return names, _counted(connection.sql(f'select {texts} from {table[0]}."{table[1]}"').fetchall())


def _of_snowflake(snowflake: Any, table: Table) -> tuple[list[str], Contents]:
    """All values as texts, to be compared as DuckDB writes them; the format of moments would be the session's."""
    cursor = snowflake.cursor().execute(f"describe table {'.'.join(table)}")
    kinds = {row[0].lower(): row[1] for row in cursor.fetchall()}
    texts = ", ".join(_as_text(name, kind) for name, kind in sorted(kinds.items()))
    return sorted(kinds), _counted(snowflake.cursor().execute(f"select {texts} from {'.'.join(table)}").fetchall())


def _as_text(name: str, kind: str) -> str:
    column = f'"{name.upper()}"'
    if kind.startswith("TIMESTAMP"):
        text = f"to_varchar(cast({column} as timestamp_ntz(6)), 'YYYY-MM-DD HH24:MI:SS.FF6')"
        return f"regexp_replace({text}, '[.]?0+$', '')"
    return f"cast({column} as varchar)"


def _counted(rows: Iterable[tuple]) -> Contents:
    counts: Contents = {}
    for row in rows:
        counts[row] = counts.get(row, 0) + 1
    return counts
