"""The names in a delivery's header, which a file may say again between its rows: files were put one after the other.

Here belongs what such a line says, for every reader of CSV. What becomes of it is each reader's business.
"""

from __future__ import annotations

from healthcare_elt.landing import Delivery
from healthcare_elt.landing.names import normalised

AROUND = " \t\ufeff"
"""What may stand around a name: a byte order mark too, where each of the files began with one."""


def header_names(delivery: Delivery) -> tuple[str, ...]:
    """As the file writes them, which may be aliases of the columns; these where it has no header."""
    columns = delivery.columns
    return normalised(delivery.header)[: len(columns)] if delivery.header else columns
