"""The names that Snowflake's modules of the warehouse share.

Here belongs text; nothing is executed. The session is in the database, so names begin with their schema.
"""

from __future__ import annotations

from healthcare_elt.contracts import Contract
from healthcare_elt.snowflake.names import identifier

STAGED = "META.STAGED"
"""The rows of one COPY on their way into bronze: cells as c1, c2 and so on, `extra`, `file` and `row_number`."""
UPLOADS = "META.UPLOADS"
"""The internal stage for files that are not in the external one, or that no COPY reads as they are."""
LOAD_LOCK = "META.LOAD_LOCK"
"""One row, which a load updates first: a second one, of whatever machine, waits until it has committed."""


def bronze(contract: Contract) -> str:
    return f"BRONZE.{identifier(contract.relation)}"


def bronze_rejects(contract: Contract) -> str:
    return f"BRONZE.{identifier(contract.relation + '__rejects')}"


def staged_columns(count: int) -> list[str]:
    return [f"c{number}" for number in range(1, count + 1)]
