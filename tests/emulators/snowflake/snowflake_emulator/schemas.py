"""What a schema was told to be, transient or with managed access, which only SHOW SCHEMAS tells again.

Here belongs remembering it; nothing acts on it.
"""

from __future__ import annotations

import re
from typing import Any

from .account import Account, full_name
from .rewrites import NAME
from .text import name_parts

MADE = re.compile(
    rf"(?:create\s+(?:or\s+replace\s+)?(?P<transient>transient\s+)?schema\s+(?:if\s+not\s+exists\s+)?(?P<made>{NAME})"
    rf"(?P<managed>\s+with\s+managed\s+access)?.*|alter\s+schema\s+(?P<altered>{NAME})\s+enable\s+managed\s+access)",
    re.I | re.S,
)
SHOWN = re.compile(rf"show\s+schemas\s+in\s+database\s+({NAME})", re.I)
COLUMNS = ["created_on", "name", "is_default", "is_current", "database_name", "owner", "comment", "options"]
SYSTEM = ("main", "pg_catalog", "information_schema")


def remember(account: Account, statement: str, database: str | None) -> None:
    if match := MADE.fullmatch(statement):
        words = account.schema_options.setdefault(full_name(match["made"] or match["altered"], database, None), [])
        said = {"TRANSIENT": match["transient"], "MANAGED ACCESS": match["managed"] or match["altered"]}
        words += [word for word in said if said[word] and word not in words]


def shown(statement: str, account: Account, session: Any) -> tuple[list[str], list[tuple[Any, ...]]] | None:
    """The answer to SHOW SCHEMAS IN DATABASE; nothing for any other statement."""
    if not (match := SHOWN.fullmatch(statement)):
        return None
    database = name_parts(match[1])[0]
    sql = "select schema_name from duckdb_schemas() where database_name = ? order by all"
    names = [name for (name,) in session._duck_conn.cursor().execute(sql, [database]).fetchall()]
    return COLUMNS, [
        ("", name, "N", "N", database, "", "", ", ".join(account.schema_options.get((database, name), [])))
        for name in names
        if name not in SYSTEM and not name.startswith("_fs_")
    ]
