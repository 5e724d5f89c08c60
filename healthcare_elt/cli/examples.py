"""What a text of a column's type looks like: made up from the contract alone, and never a value that was delivered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthcare_elt.contracts.column import Column

MOMENT = datetime(1980, 12, 31, 23, 59, 58)
"""Its day cannot be taken for a month."""
OF_TYPE = {"integer": "125", "bigint": "125", "double": "1.25", "boolean": "true", "timestamp": str(MOMENT)}


def example_of(column: Column) -> str:
    """A text that is of the type; of a day or moment with several formats one in each."""
    if column.data_type == "date" or "date_format" in column.model_fields_set:
        return " or ".join(MOMENT.strftime(each) for each in column.date_format)
    if column.data_type.startswith("decimal"):
        precision, scale = (int(part) for part in column.data_type[len("decimal(") : -1].split(","))
        return f"{0.125 if precision == scale else 1.25:.{scale}f}"
    return OF_TYPE[column.data_type]
