"""Transactions of a session, as Snowflake has them, over DuckDB's.

- DDL commits the open transaction and is a transaction of its own.
- With autocommit off, the first DML opens a transaction.
- An error undoes its own statement only. DuckDB gives up the whole transaction at an error; so it is rolled back and
  the statements that had succeeded in it are carried out again, on a new snapshot. What differs from Snowflake: if
  another session committed in between, they see it; functions of the clock or of chance give new values.
- Two writers of the same rows: Snowflake makes the second wait. Here a statement outside a transaction is tried
  again, one within a transaction fails with error 625.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from .errors import failure

BEGIN = re.compile(r"begin(\s+(work|transaction))?(\s+name\s+\S+)?|start\s+transaction(\s+name\s+\S+)?", re.I)
END = re.compile(r"(?P<verb>commit|rollback)(\s+work)?", re.I)
DDL = re.compile(r"(create|alter|drop|undrop|comment|truncate|grant|revoke)\b(?!\s+session\b)", re.I)
DML = re.compile(r"(insert|update|delete|merge|copy)\b", re.I)
ATTEMPTS = 400
PAUSE_SECONDS = 0.01


@dataclass
class Transaction:
    """What one session has begun. `done` carries out again what has succeeded in it so far."""

    duck: DuckDBPyConnection
    autocommit: bool = True
    active: bool = False
    done: list[Callable[[], Any]] = field(default_factory=list)

    def begin(self) -> None:
        if not self.active:
            self.duck.begin()
            self.active = True

    def commit(self) -> None:
        if self.active:
            self.active = False
            self.done = []
            self.duck.commit()

    def rollback(self) -> None:
        self.done = []
        if self.active:
            self.active = False
            self.duck.rollback()

    def control(self, statement: str) -> bool:
        """Carries out BEGIN, COMMIT and ROLLBACK; true if the statement was one of them."""
        if BEGIN.fullmatch(statement):
            self.begin()
        elif match := END.fullmatch(statement):
            self.commit() if match["verb"].lower() == "commit" else self.rollback()
        else:
            return False
        return True

    def run(self, statement: str, action: Callable[[], Any]) -> None:
        """Carries out a statement in or outside the transaction, as its kind asks for."""
        if DDL.match(statement):
            self.commit()
        writes = bool(DML.match(statement))
        if writes and not self.autocommit:
            self.begin()
        if self.active:
            self._within(action, writes)
        elif writes:
            self._alone(action)
        else:
            _patiently(action)

    def _within(self, action: Callable[[], Any], writes: bool) -> None:
        try:
            action()
        except Exception:
            self._recover()
            raise
        if writes:
            self.done.append(action)

    def _alone(self, action: Callable[[], Any]) -> None:
        def whole() -> None:
            self.begin()
            try:
                action()
                self.commit()
            except BaseException:
                self._abandon()
                raise

        _patiently(whole)

    def _abandon(self) -> None:
        self.done, self.active = [], False
        try:
            self.duck.rollback()
        except duckdb.TransactionException:
            return  # the failed commit has ended it

    def _recover(self) -> None:
        try:
            self.duck.execute("SELECT 1").fetchall()
        except duckdb.Error:
            done = self.done
            self._abandon()
            self.begin()
            try:
                for action in done:
                    action()
            except Exception as error:
                self._abandon()
                raise failure(
                    f"The emulator lost the transaction after an error in it: {error}", 9998, "40000"
                ) from None
            self.done = done


def _patiently(action: Callable[[], Any]) -> None:
    """Tries again while another session writes the same rows."""
    for attempt in range(ATTEMPTS):
        try:
            return action()
        except Exception as error:
            conflict = error if isinstance(error, duckdb.Error) else error.__cause__
            if (
                not isinstance(conflict, duckdb.TransactionException)
                or "onflict" not in str(conflict)
                or attempt == ATTEMPTS - 1
            ):
                raise
            time.sleep(PAUSE_SECONDS)
