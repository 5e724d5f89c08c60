"""A delivery larger than memory is taken whole, in order, and within the limit.

By default a small file with a small limit; `make size` takes SIZE_MEGABYTES (5000) with a limit that leaves Python its
part of 2 GiB.
"""

from __future__ import annotations

import os

import duckdb
from measured import in_own_process, peak, table_of
from written import write_large

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
MEGABYTES = int(os.environ.get("SIZE_MEGABYTES", "5000")) if FULL else 100
LIMIT, MOST_RESIDENT = ("1200MB", 2147) if FULL else ("256MB", 700)
"""DuckDB's limit, and what the process may hold in all, in MB."""

COUNTS = """
    select
        (select count(*) from bronze.icon_health__encounters_details) as bronze,
        (select count(*) from bronze.icon_health__encounters_details
         where encounter_id like format('E{:011d}-%', _row_number - 1)) as numbered_as_in_the_file,
        (select count(*) from silver.icon_health__encounters_details where _is_current) as silver,
        (select count(distinct _row_number) from gold.fct_encounter) as gold
"""


def test_a_delivery_larger_than_memory_is_taken_whole_and_within_the_limit(home) -> None:
    made = home(memory_limit=LIMIT, dbt_threads=1)
    rows = write_large(made, MEGABYTES)
    steps = in_own_process()
    print(f"\n{MEGABYTES} MB, {rows:,} rows, limit {LIMIT}\n{table_of(steps)}")
    with duckdb.connect(str(made.settings.warehouse), read_only=True) as connection:
        assert connection.execute(COUNTS).fetchone() == (rows, rows, rows, rows)
    assert peak(steps) <= MOST_RESIDENT
    assert list(made.settings.spill.iterdir()) == []
