"""How names and texts are written in Snowflake's SQL, and the names inside the database.

Names outside of the database (roles, warehouses, integration) are in `settings_snowflake`.
"""

from __future__ import annotations

import re
from typing import Literal

from healthcare_elt.contracts import Contract

Phi = Literal["direct", "quasi", "none"]

PHI_SCHEMAS = ("RAW", "BRONZE", "META", "SILVER", "QUARANTINE", "GOLD", "FEATURES")
"""What may hold PHI: whatever column stands there without a class of its own counts as `direct`."""
OPEN_SCHEMAS = ("CURATED", "REFERENCE")
"""What analysts read."""
SCHEMAS = PHI_SCHEMAS + OPEN_SCHEMAS
TRANSIENT_SCHEMAS = ("BRONZE", "SILVER")
"""Without fail-safe: they are loaded and built again from the landing zone."""

PHI_TAG = "META.PHI"
SOURCE_SYSTEM_TAG = "META.SOURCE_SYSTEM"
MANAGED_BY_TAG = "META.MANAGED_BY"
TAGS = (PHI_TAG, SOURCE_SYSTEM_TAG, MANAGED_BY_TAG)
ACCESS_TABLE = "META.SOURCE_SYSTEM_ACCESS"
LOAD_LOG_TABLE = "META.LOAD_LOG"
LOAD_LOCK = "META.LOAD_LOCK"
"""One row, which a load updates first: a second one, of whatever machine, waits until it has committed."""
UPLOADS = "META.UPLOADS"
"""The internal stage for files that are not in the external one, or that no COPY reads as they are."""

# Words that Snowflake takes for no column's name unless they are quoted.
RESERVED = frozenset(
    """ACCOUNT ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONNECTION CONSTRAINT CREATE CROSS CURRENT
    CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DELETE DISTINCT DROP ELSE EXISTS FALSE FOLLOWING
    FOR FROM FULL GRANT GROUP GSCLUSTER HAVING ILIKE IN INCREMENT INNER INSERT INTERSECT INTO IS ISSUE JOIN LATERAL
    LEFT LIKE LOCALTIME LOCALTIMESTAMP MINUS NATURAL NOT NULL OF ON OR ORDER ORGANIZATION QUALIFY REGEXP REVOKE RIGHT
    RLIKE ROW ROWS SAMPLE SCHEMA SELECT SET SOME START TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION UNIQUE
    UPDATE USING VALUES VIEW WHEN WHENEVER WHERE WITH""".split()  # noqa: SIM905
)


def identifier(name: str) -> str:
    """In upper case, and in quotes only if it must be: the same object with and without them."""
    upper = name.upper()
    if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", upper) and upper not in RESERVED:
        return upper
    return '"' + upper.replace('"', '""') + '"'


def bronze(contract: Contract) -> str:
    return f"BRONZE.{identifier(contract.relation)}"


def bronze_rejects(contract: Contract) -> str:
    return f"BRONZE.{identifier(contract.relation + '__rejects')}"


def text(value: str) -> str:
    """A literal; backslashes are doubled, since Snowflake reads them as escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
