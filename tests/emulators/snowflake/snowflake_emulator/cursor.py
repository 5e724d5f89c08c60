"""Carries out one statement: which part of the emulator it belongs to, and fakesnow for the rest."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import sqlglot
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.dialect import parse_one
from sqlglot import exp

from . import catalog, functions, history, inline, merge, references, rewrites, schemas, show, stages, temporary
from .copy_into import copy_into
from .errors import failure, translated, unsupported
from .session import Session
from .text import bare, literal

SUCCESS = "Statement executed successfully."
GRANT = re.compile(r"(grant|revoke)\b", re.I)
ROUTINE = re.compile(r"create\s+(or\s+replace\s+)?(secure\s+)?(aggregate\s+)?(function|procedure)\b", re.I)


class Cursor(FakeSnowflakeCursor):
    """fakesnow's cursor with the emulator before it; `accepted`: the last statement was remembered, not done."""

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
            return self.answer(["status"], [(SUCCESS,)])
        for take in (self._show, session.take):
            if (rows := take(statement)) is not None:
                return self.answer(*rows)
        for one in inline.several_columns(statement):
            session.transaction.run(one, lambda one=one: self._act(one, bound))

    def _show(self, statement: str) -> show.Rows | None:
        emulator = self._conn.emulator
        return (
            schemas.shown(statement, emulator.account, self._conn)
            or show.timeout(statement, emulator.account)
            or show.answer(statement, emulator.account, emulator.grants, self._conn)
        )

    def _act(self, statement: str, bound: Any) -> None:
        """What changes the account or reads data."""
        schemas.remember(self._conn.emulator.account, statement, self._conn.database)
        if not (self._by_account(statement) or self._by_stages(statement) or catalog.drop_database(self, statement)):
            if re.match(r"merge\s+into\b", statement, re.I):
                self._merge(statement, bound)
            elif ROUTINE.match(statement):
                raise unsupported("functions and procedures of one's own")
            else:
                self._by_fakesnow(statement, bound)
        catalog.follow(self, statement)

    def _by_account(self, statement: str) -> bool:
        session, emulator = self._conn, self._conn.emulator
        if GRANT.match(statement):
            existing = partial(catalog.existing, self)
            status = emulator.grants.take(statement, session.database, session.schema, existing)
        elif rewrites.without_effect(statement):
            status = SUCCESS
        else:
            status = emulator.account.take(statement, session.database, session.schema)
        if status is not None:
            self.accepted = not catalog.tell_stages(self, statement)
            self.answer(["status"], [(status,)])
        return status is not None

    def _by_stages(self, statement: str) -> bool:
        if re.match(r"copy\s+into\b", statement, re.I):
            self.answer(*copy_into(self, self._inline_variables(statement)))
            return True
        if (rows := stages.listed(self._conn, statement)) is not None:
            self.answer(*rows)
        return rows is not None

    def _by_fakesnow(self, statement: str, bound: Any) -> None:
        session, account = self._conn, self._conn.emulator.account
        taken = inline.taken_out(statement)
        statement = references.answered(taken.statement if taken else statement, account, session)
        for one in rewrites.rewritten(history.answered(statement, session)):
            self._one_by_fakesnow(one, bound)
        catalog.forget_replaced(self, statement)
        # What an IF NOT EXISTS finds there keeps the tags and policies that it has.
        if taken and "already exists" not in str(self._arrow_table.column(0)[0]):
            account.attach_inline(taken, session.database, session.schema)

    def _one_by_fakesnow(self, statement: str, bound: Any) -> None:
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
            self.answer(["status"], [(SUCCESS,)])

    def _transform(self, expression: exp.Expression, params: Any) -> exp.Expression:
        session = self._conn
        expression = rewrites.unenforced(expression)
        expression = functions.corrected(expression, session)
        expression = temporary.redirected(expression, session.temporary, session.database, session.schema)
        return functions.finished(super()._transform(expression, params))

    def _merge(self, statement: str, bound: Any) -> None:
        expression = _parsed(self._inline_variables(statement))
        doubled = merge.several_sources(expression)
        if doubled is not None and self._conn.parameters["ERROR_ON_NONDETERMINISTIC_MERGE"]:
            sql = self._transform(doubled, None).sql(dialect="duckdb")
            if self._duck_conn.execute(sql, bound).fetchone():
                raise merge.nondeterministic()
        sql = self._transform(expression.copy(), None).sql(dialect="duckdb")
        actions = self._duck_conn.execute(f"{sql} RETURNING merge_action", bound).fetchall()
        self.answer_sql(merge.counting(expression, actions))
        self._rowcount = len(actions)

    def answer(self, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        """Makes these rows the result."""
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
        values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        nothing = "(" + ", ".join(["NULL::VARCHAR"] * len(columns)) + ")"
        self.answer_sql(f"SELECT * FROM (VALUES {values or nothing}) AS t({names}){'' if rows else ' WHERE false'}")

    def answer_sql(self, sql: str) -> None:
        """Makes the rows of a DuckDB query the result."""
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
