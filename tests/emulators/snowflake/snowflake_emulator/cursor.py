"""Carries out one statement: which part of the emulator it belongs to, and fakesnow for the rest."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import sqlglot
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.dialect import parse_one
from sqlglot import exp

from . import account, functions, merge, references, rewrites, show, stages, temporary
from .account import full_name
from .copy_into import copy_into
from .errors import failure, missing, translated, unsupported
from .session import Session
from .text import bare, literal, name_parts

ACCOUNT_DDL = re.compile(r"(grant|revoke)\b", re.I)
GONE = re.compile(
    rf"(?:drop|truncate|create\s+or\s+replace\s+(?:transient\s+|temporary\s+)*)\s*table\s+(?:if\s+exists\s+)?({rewrites.NAME})",
    re.I,
)
CREATED = re.compile(
    rf"create\s+(?:or\s+replace\s+)?(?P<transient>transient\s+)?table\s+(?:if\s+not\s+exists\s+)?(?P<name>{rewrites.NAME})",
    re.I,
)
OBJECTS = {"TABLE": "BASE TABLE", "VIEW": "VIEW"}


class Cursor(FakeSnowflakeCursor):
    """fakesnow's cursor with the emulator before it. `accepted` says that the last statement was remembered, not
    done.
    """

    _conn: Session
    accepted = False

    def execute(self, command: str, params: Any = None, *args: Any, **kwargs: Any) -> Cursor:
        """Raises ProgrammingError, whatever goes wrong."""
        statement = bare(command)
        bound = kwargs.get("binding_params") or params
        self.accepted = False
        temporary_before = set(self._conn.temporary)
        try:
            self._run(statement, list(bound) if isinstance(bound, tuple) else bound)
        except Exception as error:
            self._conn.temporary = temporary_before
            raise translated(error) from error
        self._conn.last_query_id = self._sfqid or ""
        return self

    def _run(self, statement: str, bound: Any) -> None:
        session = self._conn
        if session.transaction.control(statement):
            return self.answer(["status"], [("Statement executed successfully.",)])
        for take in (session.take, self._show):
            if (rows := take(statement)) is not None:
                return self.answer(*rows)
        session.transaction.run(statement, lambda: self._act(statement, bound))

    def _show(self, statement: str) -> show.Rows | None:
        emulator = self._conn.emulator
        return show.answer(statement, emulator.account, emulator.grants, self._conn)

    def _act(self, statement: str, bound: Any) -> None:
        """What changes the account or reads data."""
        session, emulator = self._conn, self._conn.emulator
        if ACCOUNT_DDL.match(statement):
            status = emulator.grants.take(statement, session.database, session.schema, self._existing)
        else:
            status = emulator.account.take(statement, session.database, session.schema)
        if status is None and rewrites.without_effect(statement):
            status = "Statement executed successfully."
        if match := rewrites.DROPPED.fullmatch(statement):
            name = full_name(
                match["name"],
                *((session.database, session.schema) if match["kind"].upper() != "ROLE" else (None, None)),
            )
            emulator.grants.forget(match["kind"].upper(), ".".join(name))
        if status is not None:
            self.accepted = not self._stage_known(statement)
            return self.answer(["status"], [(status,)])
        if (rows := stages.listed(session, statement)) is not None:
            return self.answer(*rows)
        if re.match(r"copy\s+into\b", statement, re.I):
            return self.answer(*copy_into(self, self._inline_variables(statement)))
        if re.match(r"merge\s+into\b", statement, re.I):
            return self._merge(statement, bound)
        if re.match(r"create\s+(or\s+replace\s+)?(secure\s+)?(aggregate\s+)?(function|procedure)\b", statement, re.I):
            raise unsupported("functions and procedures of one's own")
        if match := re.match(rf"drop\s+database\s+(?:if\s+exists\s+)?({rewrites.NAME})", statement, re.I):
            return self._drop_database(name_parts(match[1])[0], bool(re.search(r"\bif\s+exists\b", statement, re.I)))
        for one in rewrites.rewritten(references.answered(statement, emulator.account, session)):
            self._by_fakesnow(one, bound)
        self._afterwards(statement)

    def _by_fakesnow(self, statement: str, bound: Any) -> None:
        expression = _parsed(self._inline_variables(statement))
        if isinstance(expression, exp.Describe) and (table := expression.find(exp.Table)):
            sql = temporary.describing(table, self._conn.temporary, self._conn.database, self._conn.schema)
            if sql:
                return self.answer_sql(sql)
        self.check_db_and_schema(expression)
        for part in self._transform_explode(expression):
            transformed = self._transform(part, bound)
            self._execute(transformed, bound if transformed.find(exp.Placeholder) else None)
        if isinstance(expression, exp.Comment):
            self.answer(["status"], [("Statement executed successfully.",)])

    def _transform(self, expression: exp.Expression, params: Any) -> exp.Expression:
        session = self._conn
        expression = rewrites.unenforced(expression)
        expression = functions.corrected(expression, session)
        expression = temporary.redirected(expression, session.temporary, session.database, session.schema)
        return functions.finished(super()._transform(expression, params))

    def _merge(self, statement: str, bound: Any) -> None:
        expression = merge.source_columns(_parsed(self._inline_variables(statement)))
        doubled = merge.several_sources(expression)
        if doubled is not None and self._conn.parameters["ERROR_ON_NONDETERMINISTIC_MERGE"]:
            sql = self._transform(doubled, None).sql(dialect="duckdb")
            if self._duck_conn.execute(sql, bound).fetchone():
                raise merge.nondeterministic()
        sql = self._transform(expression.copy(), None).sql(dialect="duckdb")
        actions = self._duck_conn.execute(f"{sql} RETURNING merge_action", bound).fetchall()
        self.answer_sql(merge.counting(expression, actions))
        self._rowcount = len(actions)

    def _drop_database(self, name: str, if_exists: bool) -> None:
        session = self._conn
        if not session.has_schema(name, "main"):
            if not if_exists:
                raise missing("DATABASE", name)
        else:
            if session.database == name:
                self._duck_conn.execute("SET schema = 'memory.main'")
                session.database, session.database_set, session._schema, session.schema_set = None, False, None, False
            self._duck_conn.execute(f'DETACH "{name}"')
        self.answer(["status"], [(f"{name} successfully dropped.",)])

    def _stage_known(self, statement: str) -> bool:
        """Tells fakesnow, which serves PUT, of a new or dropped stage; true for a statement that does act."""
        match = account.STATEMENT.fullmatch(statement)
        kind = " ".join(match["kind"].upper().split()) if match else ""
        if kind == "STAGE" and match["verb"].upper() != "ALTER":
            name = full_name(match["name"], self._conn.database, self._conn.schema)
            stages.drop_files(name) if match["replace"] or match["verb"].upper() == "DROP" else None
            self._duck_conn.execute(stages.internal_stage(name, match["verb"].upper() == "DROP"))
        return kind in account.ACTED_ON

    def _afterwards(self, statement: str) -> None:
        session = self._conn
        self._note_transient(statement)
        if match := re.match(
            rf"create\s+(?:or\s+replace\s+)?(?:transient\s+)?database\s+(?:if\s+not\s+exists\s+)?({rewrites.NAME})",
            statement,
            re.I,
        ):
            name = name_parts(match[1])[0]
            self._duck_conn.execute(f'CREATE SCHEMA IF NOT EXISTS "{name}".PUBLIC')
            functions.create_in(self._duck_conn, name)
            session.enter(name, "PUBLIC")
            self.answer(["status"], [(f"Database {name} successfully created.",)])
        elif match := re.match(rf"use\s+database\s+({rewrites.NAME})", statement, re.I):
            name = name_parts(match[1])[0]
            session.enter(name, "PUBLIC" if session.has_schema(name, "PUBLIC") else None)
        elif match := GONE.match(statement):
            self._forget_loads(full_name(match[1], session.database, session.schema))

    def _note_transient(self, statement: str) -> None:
        """Which tables are transient: for SHOW TABLES, which tells it by their kind."""
        session, known = self._conn, self._conn.emulator.transient
        if match := CREATED.match(statement):
            name = full_name(match["name"], session.database, session.schema)
            (known.add if match["transient"] else known.discard)(name)
        elif re.match(r"show\s+(terse\s+)?tables\b", statement, re.I):
            rows = self._arrow_table.to_pylist()
            kinds = [
                "TRANSIENT" if (row["database_name"], row["schema_name"], row["name"]) in known else "TABLE"
                for row in rows
            ]
            at = self._arrow_table.schema.get_field_index("kind")
            self._arrow_table = self._arrow_table.set_column(at, "kind", pa.array(kinds, pa.string()))

    def _forget_loads(self, table: tuple[str, ...]) -> None:
        database, schema, name = table
        sql = (
            f'DELETE FROM "{database}"._fs_information_schema._fs_load_history WHERE schema_name = ? AND table_name = ?'
        )
        with self._duck_conn.cursor() as duck:
            duck.execute(sql, [schema, name])

    def _existing(self, kind: str, container: str) -> list[str]:
        """The tables or views of a schema or database, by full name."""
        parts = container.split(".")
        sql = """SELECT table_catalog || '.' || table_schema || '.' || table_name FROM system.information_schema.tables
            WHERE table_catalog = ? AND table_schema = coalesce(?, table_schema) AND table_type = ?
              AND table_schema <> '_fs_information_schema' ORDER BY 1"""
        bound = [parts[0], parts[1] if len(parts) > 1 else None, OBJECTS.get(kind, kind)]
        return [name for (name,) in self._duck_conn.execute(sql, bound).fetchall()]

    def answer(self, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        """Makes these rows the result."""
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
        values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        nothing = "(" + ", ".join(["NULL::VARCHAR"] * len(columns)) + ")"
        self.answer_sql(f"SELECT * FROM (VALUES {values or nothing}) AS t({names}){'' if rows else ' WHERE false'}")

    def answer_sql(self, sql: str) -> None:
        """Makes the rows of a DuckDB query the result."""
        self._execute_answer(sql)

    def _execute_answer(self, sql: str) -> None:
        self._execute(exp.select("1"))
        self._duck_conn.execute(sql)
        self._arrow_table = self._duck_conn.to_arrow_table()
        self._rowcount = self._arrow_table.num_rows
        self._last_sql, self._last_params = sql, None
        cached = (self._arrow_table, self._rowcount, sql, None, self._last_transformed)
        self._conn.results_cache[self._sfqid] = cached


def _parsed(statement: str) -> exp.Expression:
    """Raises the error that Snowflake gives for more than one statement at a time."""
    parts = [part for part in sqlglot.parse(statement, read="snowflake") if part] if ";" in statement else []
    if len(parts) > 1:
        raise failure(f"Actual statement count {len(parts)} did not match the desired statement count 1.", 8, "0A000")
    return parse_one(statement)
