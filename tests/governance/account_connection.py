"""A connection to the model of an account, as far as `apply` and `verify` use one.

The emulator's server is no match for it here: it remembers no tags and refuses no role.
"""

from __future__ import annotations

from typing import Any, Self

from account_answers import answer
from account_model import AccountModel
from snowflake.connector.errors import ProgrammingError


class Connection:
    """Its own cursor; refuses a statement that begins with `refused`, with an error of Snowflake's."""

    def __init__(self, refused: str = "", **error: Any) -> None:
        self.account = AccountModel()
        self.refused, self.error = refused, error
        self.ran: list[str] = []

    def cursor(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, statement: str) -> Self:
        if self.refused and statement.startswith(self.refused):
            raise ProgrammingError(**self.error)
        if statement.startswith(("show ", "select ", "describe ")):
            rows = answer(self.account, statement)
        else:
            rows = [{"status": self._status(statement)}]
            self.account.run(statement)
            self.ran.append(statement)
        names = list(dict.fromkeys(name for row in rows for name in row))
        self.description = [(name,) for name in names]
        self.rows = [tuple(row.get(name) for name in names) for row in rows]
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows

    def _status(self, statement: str) -> str:
        if not statement.startswith("create"):
            return "Statement executed successfully."
        return "X already exists, statement succeeded." if statement in self.ran else "X successfully created."
