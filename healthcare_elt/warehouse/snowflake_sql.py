"""The names that Snowflake's modules share, and quoting.

Here belongs text; nothing is executed. An ordinary name is what Snowflake makes of it without quotes: upper case.
"""

from __future__ import annotations

import re

from healthcare_elt.contracts import Contract

STAGED = "META.STAGED"
"""The rows of one COPY on their way into bronze: cells as c1, c2 and so on, `extra`, `file` and `row_number`."""
UPLOADS = "META.UPLOADS"
"""The internal stage for files that are not in the external one, or that no COPY reads as they are."""
_ORDINARY = re.compile(r"[a-z_][a-z0-9_$]*")


def identifier(name: str) -> str:
    own = name.upper() if _ORDINARY.fullmatch(name) else name
    return '"' + own.replace('"', '""') + '"'


def literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def bronze(contract: Contract) -> str:
    return f"BRONZE.{identifier(contract.relation)}"


def bronze_rejects(contract: Contract) -> str:
    return f"BRONZE.{identifier(contract.relation + '__rejects')}"


def staged_columns(count: int) -> list[str]:
    return [f"c{number}" for number in range(1, count + 1)]
