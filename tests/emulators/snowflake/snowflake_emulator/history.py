"""What Snowflake remembers: QUERY_HISTORY_BY_USER from the journal, and whether a table has changed.

Here belongs replacing such a call by its answer. The emulator measures neither bytes nor times: both are 0. The token
of a change is made of the table's rows, so it is the old one again after a change that was undone.
"""

from __future__ import annotations

import re
from typing import Any

from .text import literal, name_parts

HISTORY = re.compile(
    r"table\s*\(\s*(?:[\w$\"]+\.)?information_schema\.query_history_by_user\s*\(\s*result_limit\s*=>\s*(\d+)\s*\)\s*\)",
    re.I,
)
CHANGED = re.compile(r"system\$last_change_commit_time\s*\(\s*'((?:[^']|'')*)'\s*\)", re.I)
COLUMNS = "QUERY_TEXT, USER_NAME, ROLE_NAME, WAREHOUSE_NAME, QUERY_TAG, BYTES_SCANNED, EXECUTION_TIME"


def answered(statement: str, session: Any) -> str:
    """The statement with each such call replaced."""
    statement = HISTORY.sub(lambda match: _history(int(match[1]), session), statement)
    return CHANGED.sub(lambda match: _changed(match[1], session), statement)


def _history(limit: int, session: Any) -> str:
    entries = [entry for entry in session.emulator.journal.entries if entry.user == session.user][-limit:]
    rows = [
        (entry.statement, entry.user, entry.role, entry.warehouse, entry.query_tag, 0, 0) for entry in reversed(entries)
    ]
    values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows or [("", "", "", "", "", 0, 0)])
    return f"(SELECT * FROM (VALUES {values}) AS t({COLUMNS}){'' if rows else ' WHERE false'})"


def _changed(name: str, session: Any) -> str:
    parts = [part for part in (session.database, session.schema) if part]
    database, schema, table = [*parts, *name_parts(name)][-3:]
    sql = f'SELECT coalesce(bit_xor(hash(t)) >> 1, 0)::BIGINT FROM "{database}"."{schema}"."{table}" AS t'
    return str(session._duck_conn.execute(sql).fetchone()[0])
