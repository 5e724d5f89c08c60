"""Small deliveries that come in masses are merged for their load, so that COPY sees one file and not thousands.

Here belongs the choice. What is merged is a copy: DuckDB reads the deliveries of a batch into one table, with the
delivery's index and the row's number beside the cells, and that table is the Parquet file that goes up
(`snowflake_commit.SnowflakeBronze`). In the landing zone every delivery stays the file that was sent, and bronze, its
rejects and the load log have each of them by its own id: a delivery is replayed, withdrawn, and found by the ledger as
if it had come alone, and a batch that fails or is killed is loaded by the next run, merged or not.

Whether it pays is a matter of counts. COPY opens each file by itself, and each thousand of them is a transaction with
ten statements. Merged they are read here, over one network and by a few cores, and the merged file is read by a single
thread of COPY; so large files are left where they lie, and so are a few small ones. Figures are in docs/capacity.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.snowflake_copy import alike

SMALL_BYTES = 32 << 10
"""Beyond it, fetching a delivery and reading it twice takes longer than COPY takes to open it."""
MANY_FILES = 500
"""With fewer, PUT, COPY and REMOVE of the merged file cost more than COPY saves."""


def apart(deliveries: Iterable[Delivery]) -> tuple[list[Delivery], list[Delivery]]:
    """Those that are merged, and those that COPY reads where they lie; all of them are plain."""
    merged: list[Delivery] = []
    left: list[Delivery] = []
    for group in alike(deliveries):
        small = [delivery for delivery in group if delivery.bytes <= SMALL_BYTES]
        is_many = len(small) >= MANY_FILES
        merged += small if is_many else []
        left += [delivery for delivery in group if delivery.bytes > SMALL_BYTES] if is_many else group
    return merged, left
