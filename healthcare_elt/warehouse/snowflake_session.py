"""One session of Snowflake: statements, transactions, and errors in sentences.

Here belongs talking to the connector, which is only imported where a session is opened. Which account and role is in
`healthcare_elt.snowflake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any

from healthcare_elt.snowflake.connect import query_tag
from healthcare_elt.snowflake.names import text
from healthcare_elt.warehouse.errors import WarehouseError

Connect = Callable[[], AbstractContextManager[Any]]
"""Opens a `snowflake.connector` connection whose parameters are bound as `?`."""
Tell = Callable[[Any], Exception]
"""An error of the connector as one whose text is a sentence without any value of a row."""


ROWS_AT_ONCE = 5_000
"""Bound in one request."""


class SnowflakeFailed(WarehouseError):
    """A statement failed: one sentence without any value of a row."""


class Session:
    """A connection that is opened when it is first needed."""

    def __init__(self, connect: Connect, tell: Tell) -> None:
        self._connect = connect
        self._tell = tell
        self._opened = ExitStack()
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
        marks = ", ".join("?" for _ in columns)
        for first in range(0, len(rows), ROWS_AT_ONCE):
            with self._sentences(), self._open().cursor() as cursor:
                some = rows[first : first + ROWS_AT_ONCE]
                cursor.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", some)

    def tag(self, **words: str) -> None:
        """Say in the query history what the next statements are for."""
        self.execute(f"alter session set query_tag = {text(query_tag(**words))}")

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
        self._connection = None
        with suppress(Exception):  # the server may be gone, and rolls back what was not committed
            self._opened.close()

    def _open(self) -> Any:
        if self._connection is None:
            self._connection = self._opened.enter_context(self._connect())
        return self._connection

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        from http.client import HTTPException

        from snowflake.connector.errors import Error

        try:
            yield
        except Error as error:
            raise SnowflakeFailed(str(self._tell(error))) from None
        except (HTTPException, OSError) as error:  # requests' own exceptions are OSErrors
            raise SnowflakeFailed(
                f"The connection to Snowflake broke in the middle of an answer ({type(error).__name__}); "
                "check network and proxy, and run again."
            ) from None
