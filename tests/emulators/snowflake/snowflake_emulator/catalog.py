"""Databases, schemas and tables, where Snowflake does more than fakesnow: what is current, what is transient, what is
forgotten with a thing that goes.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from . import account, functions, stages
from .account import full_name
from .errors import missing
from .rewrites import NAME
from .text import name_parts

CREATED_DATABASE = re.compile(
    rf"create\s+(?:or\s+replace\s+)?(?:transient\s+)?database\s+(?:if\s+not\s+exists\s+)?({NAME})", re.I
)
CREATED_TABLE = re.compile(
    rf"create\s+(?:or\s+replace\s+)?(?P<transient>transient\s+)?table\s+(?:if\s+not\s+exists\s+)?(?P<name>{NAME})", re.I
)
USED_DATABASE = re.compile(rf"use\s+database\s+({NAME})", re.I)
DROPPED_DATABASE = re.compile(rf"drop\s+database\s+(?P<if>if\s+exists\s+)?(?P<name>{NAME})(?:\s+cascade)?", re.I)
DROPPED = re.compile(
    rf"drop\s+(?P<kind>role|table|view|schema)\s+(?:if\s+exists\s+)?(?P<name>{NAME})(?:\s+(?:cascade|restrict))?", re.I
)
EMPTIED = re.compile(
    rf"(?:drop|truncate|create\s+or\s+replace\s+(?:(?:transient|temporary|temp)\s+)?)\s*table\s+(?:if\s+exists\s+)?({NAME})",
    re.I,
)
REPLACED = re.compile(rf"create\s+or\s+replace\s+(?:transient\s+)?(?:secure\s+)?(?:table|view)\s+({NAME})", re.I)
DROPPED_COLUMN = re.compile(rf"alter\s+table\s+({NAME})\s+drop\s+column\s+({NAME})", re.I)
OBJECTS = {"TABLE": "BASE TABLE", "VIEW": "VIEW"}


def drop_database(cursor: Any, statement: str) -> bool:
    """Drops a database with all that is in it; true if that is what the statement asks for."""
    match = DROPPED_DATABASE.fullmatch(statement)
    if not match:
        return False
    session, name = cursor._conn, name_parts(match["name"])[0]
    if session.has_schema(name, "main"):
        if session.database == name:
            session.leave()
        cursor._duck_conn.execute(f'DETACH "{name}"')
        session.emulator.forget_inside((name,))
    elif not match["if"]:
        raise missing("DATABASE", name)
    cursor.answer(["status"], [(f"{name} successfully dropped.",)])
    return True


def tell_stages(cursor: Any, statement: str) -> bool:
    """Tells fakesnow, which serves PUT, of a new or dropped stage; true for a statement that does act."""
    match = account.STATEMENT.fullmatch(statement)
    kind = " ".join(match["kind"].upper().split()) if match else ""
    if kind == "STAGE" and match["verb"].upper() != "ALTER":
        name = full_name(match["name"], cursor._conn.database, cursor._conn.schema)
        dropped = match["verb"].upper() == "DROP"
        if dropped or match["replace"]:
            stages.drop_files(name)
        cursor._duck_conn.execute(stages.internal_stage(name, dropped))
    return kind in account.ACTED_ON


def follow(cursor: Any, statement: str) -> None:
    """What else changes after a statement has succeeded."""
    session = cursor._conn
    if match := CREATED_DATABASE.match(statement):
        name = name_parts(match[1])[0]
        cursor._duck_conn.execute(f'CREATE SCHEMA IF NOT EXISTS "{name}".PUBLIC')
        functions.create_in(cursor._duck_conn, name)
        session.enter(name, "PUBLIC")
        cursor.answer(["status"], [(f"Database {name} successfully created.",)])
    elif match := USED_DATABASE.match(statement):
        name = name_parts(match[1])[0]
        session.enter(name, "PUBLIC" if session.has_schema(name, "PUBLIC") else None)
    elif match := DROPPED.fullmatch(statement):
        _forget(session, match["kind"].upper(), match["name"])
    if match := EMPTIED.match(statement):
        _forget_loads(cursor, full_name(match[1], session.database, session.schema))
    _note_transient(cursor, statement)


def _forget(session: Any, kind: str, written: str) -> None:
    inside = {"ROLE": (None, None), "SCHEMA": (session.database, None)}.get(kind, (session.database, session.schema))
    name = full_name(written, *inside)
    session.emulator.grants.forget(kind, ".".join(name))
    session.emulator.account.forget_object(name)
    if kind == "SCHEMA":
        session.emulator.forget_inside(name)


def forget_replaced(cursor: Any, statement: str) -> None:
    """Tags and policies of a table, view or column go with it."""
    session, account = cursor._conn, cursor._conn.emulator.account
    if match := REPLACED.match(statement):
        account.forget_object(full_name(match[1], session.database, session.schema))
    elif match := DROPPED_COLUMN.fullmatch(statement):
        account.forget_column(full_name(match[1], session.database, session.schema), name_parts(match[2])[-1])


def _note_transient(cursor: Any, statement: str) -> None:
    """Which tables are transient: for SHOW TABLES, which tells it by their kind."""
    session, known = cursor._conn, cursor._conn.emulator.transient
    if match := CREATED_TABLE.match(statement):
        name = full_name(match["name"], session.database, session.schema)
        (known.add if match["transient"] else known.discard)(name)
    elif re.match(r"show\s+(terse\s+)?tables\b", statement, re.I):
        shown = cursor._arrow_table
        names = [(row["database_name"], row["schema_name"], row["name"]) for row in shown.to_pylist()]
        kinds = pa.array(["TRANSIENT" if name in known else "TABLE" for name in names], pa.string())
        cursor._arrow_table = shown.set_column(shown.schema.get_field_index("kind"), "kind", kinds)


def _forget_loads(cursor: Any, table: tuple[str, ...]) -> None:
    database, schema, name = table
    history = f'"{database}"._fs_information_schema._fs_load_history'
    with cursor._duck_conn.cursor() as duck:
        duck.execute(f"DELETE FROM {history} WHERE schema_name = ? AND table_name = ?", [schema, name])


def existing(cursor: Any, kind: str, container: str) -> list[str]:
    """The tables, views or external tables of a schema or database, by full name."""
    parts = container.split(".")
    if kind == "EXTERNAL TABLE":
        return [".".join(one.name) for one in cursor._conn.emulator.account.of_kind(kind) if [*one.name[:2]] == parts]
    sql = """SELECT table_catalog || '.' || table_schema || '.' || table_name FROM system.information_schema.tables
        WHERE table_catalog = ? AND table_schema = coalesce(?, table_schema) AND table_type = ?
          AND table_schema <> '_fs_information_schema' ORDER BY 1"""
    bound = [parts[0], parts[1] if len(parts) > 1 else None, OBJECTS.get(kind, kind)]
    return [name for (name,) in cursor._duck_conn.execute(sql, bound).fetchall()]
