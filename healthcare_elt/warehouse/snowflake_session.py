"""One session of Snowflake: statements, transactions, and errors in sentences.

Here belongs talking to the connector, which is only imported where a session is opened. Which account and role is in
`healthcare_elt.snowflake`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from healthcare_elt.warehouse.errors import WarehouseError

Connect = Callable[[], Any]
"""Opens a `snowflake.connector` connection whose parameters are bound as `?`."""


class SnowflakeFailed(WarehouseError):
    """A statement failed: one sentence without any value of a row."""


class Session:
    """A connection that is opened when it is first needed."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: Any = None

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The answer, with names in lower case."""
        with self._sentences(), self._open().cursor() as cursor:
            cursor.execute(sql, tuple(params) or None)
            names = [column[0].lower() for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def execute(self, sql: str) -> None:
        with self._sentences(), self._open().cursor() as cursor:
            cursor.execute(sql)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        marks = ", ".join("?" for _ in columns)
        with self._sentences(), self._open().cursor() as cursor:
            cursor.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)

    def tag(self, **words: object) -> None:
        """Say in the query history for what the next statements are."""
        text = json.dumps(words, separators=(",", ":")).replace("'", "''")
        self.execute(f"alter session set query_tag = '{text}'")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it, or nothing; without an answer to the end, the session is given up and the server rolls back."""
        self.execute("begin")
        try:
            yield
            self.execute("commit")
        except BaseException:
            with suppress(WarehouseError):
                self.execute("rollback")
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            with suppress(Exception):  # the server may be gone, and rolls back what was not committed
                self._connection.close()
            self._connection = None

    def _open(self) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        from snowflake.connector.errors import Error

        try:
            yield
        except Error as error:
            raise SnowflakeFailed(sentence(error)) from None


def sentence(error: Any) -> str:
    """What happened and what to do; Snowflake's own words may hold values of rows."""
    number = getattr(error, "errno", None)
    query = f", query {error.sfqid}" if getattr(error, "sfqid", None) else ""
    return f"Snowflake refused a statement (error {number}{query}); see the query history, mend it and run again."
