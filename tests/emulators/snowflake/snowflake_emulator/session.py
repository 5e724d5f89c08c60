"""One session: its parameters, role and warehouse, its transaction and its temporary tables."""

from __future__ import annotations

import itertools
import re
import threading
from typing import TYPE_CHECKING, Any

from fakesnow.conn import FakeSnowflakeConnection
from snowflake.connector.cursor import DictCursor, SnowflakeCursor

from . import functions
from .errors import failure
from .show import Rows, like
from .text import Reader, name_parts
from .transactions import Transaction

if TYPE_CHECKING:
    from .emulator import Emulator

ALTER = re.compile(r"alter\s+session\s+(?P<verb>set|unset)\s+(?P<rest>.*)", re.I | re.S)
USE = re.compile(r"use\s+(?P<kind>role|warehouse|secondary\s+roles)\s+(?P<name>\S+)", re.I)
PARAMETERS = re.compile(
    r"show\s+parameters(?:\s+like\s+'(?P<like>(?:[^']|'')*)')?(?:\s+(?:in|for)\s+(?P<where>\w+).*)?", re.I | re.S
)

DEFAULTS: dict[str, Any] = {
    "ABORT_DETACHED_QUERY": False,
    "AUTOCOMMIT": True,
    "BINARY_OUTPUT_FORMAT": "HEX",
    "CLIENT_SESSION_KEEP_ALIVE": False,
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "ERROR_ON_NONDETERMINISTIC_MERGE": True,
    "LOCK_TIMEOUT": 43200,
    "MULTI_STATEMENT_COUNT": 1,
    "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "ARROW",
    "QUERY_TAG": "",
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": 0,
    "STATEMENT_TIMEOUT_IN_SECONDS": 172800,
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
    "TIMEZONE": "UTC",
    "TRANSACTION_ABORT_ON_ERROR": False,
    "USE_CACHED_RESULT": True,
    "WEEK_OF_YEAR_POLICY": 0,
    "WEEK_START": 0,
}
"""The session parameters that may be set. Only AUTOCOMMIT, ERROR_ON_NONDETERMINISTIC_MERGE and QUERY_TAG have an
effect.
"""


class Session(FakeSnowflakeConnection):
    """A connection of fakesnow with what else a Snowflake session has."""

    _numbers = itertools.count(1)

    def __init__(
        self, emulator: Emulator, duck: Any, results: dict[str, tuple], database: str | None, schema: str | None
    ) -> None:
        super().__init__(duck, results, database, schema, create_database=False, create_schema=False)
        functions.create_in(duck)
        self.emulator = emulator
        self.number = next(self._numbers)
        self.user = "NOBODY"
        self.role: str | None = "PUBLIC"
        self.warehouse: str | None = None
        self.parameters = dict(DEFAULTS)
        self.transaction = Transaction(duck)
        self.temporary: set[tuple[str, str, str]] = set()
        self.lock = threading.RLock()
        self.last_query_id = ""
        if self.database_set and schema is None:
            self.enter(str(self.database), "PUBLIC" if self.has_schema(str(self.database), "PUBLIC") else None)

    def cursor(self, cursor_class: type = SnowflakeCursor) -> Any:
        from .cursor import Cursor

        return Cursor(conn=self, duck_conn=self._duck_conn, use_dict_result=cursor_class == DictCursor)

    def close(self, retry: bool = True) -> None:
        self.transaction.rollback()
        super().close()

    def enter(self, database: str, schema: str | None) -> None:
        """Makes a database, and a schema if it is there, the current ones."""
        self.database, self.database_set = database, True
        self._schema, self.schema_set = schema, schema is not None
        self._duck_conn.execute(f'SET schema = \'"{database}"."{schema or "main"}"\'')

    def leave(self) -> None:
        """The current database is gone, and none is current."""
        self._duck_conn.execute("SET schema = 'memory.main'")
        self.database, self.database_set, self._schema, self.schema_set = None, False, None, False

    def has_schema(self, database: str, schema: str) -> bool:
        sql = "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ?"
        return bool(self._duck_conn.execute(sql, [database, schema]).fetchone())

    def take(self, statement: str) -> Rows | None:
        """The answer to a statement about the session itself; nothing for any other."""
        if match := ALTER.fullmatch(statement):
            self._alter(match["verb"].lower(), match["rest"])
        elif match := USE.fullmatch(statement):
            self._use(match["kind"].lower(), name_parts(match["name"])[0])
        elif match := PARAMETERS.fullmatch(statement):
            return self._shown(match["like"])
        else:
            return None
        return ["status"], [("Statement executed successfully.",)]

    def _alter(self, verb: str, rest: str) -> None:
        changes = Reader(rest).options() if verb == "set" else {key.strip().upper(): None for key in rest.split(",")}
        for key, value in changes.items():
            if key not in DEFAULTS:
                raise failure(f"SQL compilation error:\ninvalid parameter '{key}'", 1006, "42601")
            self.parameters[key] = DEFAULTS[key] if value is None else value
        if "AUTOCOMMIT" in changes:
            self.transaction.commit()
            self.transaction.autocommit = bool(self.parameters["AUTOCOMMIT"])

    def _use(self, kind: str, name: str) -> None:
        account = self.emulator.account
        if kind == "role":
            account.find("ROLE", (name,))
            self.role = name
        elif kind == "warehouse":
            account.find("WAREHOUSE", (name,))
            self.warehouse = name

    def _shown(self, pattern: str | None) -> Rows:
        rows = [
            (
                key,
                str(value).lower() if isinstance(value, bool) else str(value),
                str(DEFAULTS[key]),
                "SESSION",
                "",
                type(value).__name__,
            )
            for key, value in sorted(self.parameters.items())
            if like(key, pattern)
        ]
        return ["key", "value", "default", "level", "description", "type"], rows
