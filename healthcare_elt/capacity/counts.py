"""How often S3 and Snowflake are asked, and how many files COPY sees: counts of what the code does.

Each formula is that of the code, with the code's own bounds, and is compared with what the emulators count
(tests/integration/test_cloud_year.py, test_merged_deliveries.py). Not counted are a first run's CREATE TABLE, dbt's
statements and an inbox in S3.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from healthcare_elt.aws.create import PART_BYTES
from healthcare_elt.capacity.inputs import Deliveries
from healthcare_elt.pipeline.land import EVENTS_PER_SEGMENT
from healthcare_elt.warehouse.batches import MOST_BYTES, MOST_DELIVERIES
from healthcare_elt.warehouse.snowflake_copy import MOST_FILES
from healthcare_elt.warehouse.snowflake_merge import MANY_FILES, SMALL_BYTES

COPY_STATEMENTS = 10
"""Of a COPY from the landing zone and its transaction: staged table, COPY, doubts, counts, BEGIN, lock, earlier loads,
bronze, load log, COMMIT."""
MERGED_STATEMENTS = 11
"""The same for a merged file: PUT, COPY and REMOVE, and nothing is in doubt."""
TABLE_STATEMENTS = 5
"""Of each table with something to load: what META has, whether the load log has changed, the load log, query tag,
columns of bronze."""
LOAD_STATEMENTS = 9
"""Of a load whatever it loads; the first table needs no look into the load log, which has not changed yet."""


@dataclass(frozen=True)
class Counts:
    """Of one day."""

    s3_writes: int
    """PUT, POST and LIST, which S3 charges alike."""
    s3_reads: int
    """GET, by whoever reads: Snowflake, or the loader for what it merges."""
    statements: int
    """Of the loader."""
    copies: int
    files_before_merging: int
    """What COPY would see without merging."""
    files_after_merging: int
    files_merged: int
    """Deliveries that COPY sees as a part of a merged file."""
    merged_file_megabytes: float
    """Delivered bytes in each merged file; 0 without one."""


@dataclass(frozen=True)
class Group:
    """Files of one table with one header in one run, rounded up."""

    small: int
    small_bytes: float
    large: int
    large_bytes: float

    @property
    def is_merged(self) -> bool:
        """The rule of `snowflake_load`: many deliveries that are small."""
        return self.small >= MANY_FILES and self.small_bytes <= self.small * SMALL_BYTES

    @property
    def merged_files(self) -> int:
        if not self.is_merged:
            return 0
        return max(ceil(self.small_bytes / MOST_BYTES), ceil(self.small / MOST_DELIVERIES))

    @property
    def copied(self) -> int:
        """Files that COPY reads from the landing zone."""
        return self.large if self.is_merged else self.small + self.large

    @property
    def copies(self) -> int:
        return ceil(self.copied / MOST_FILES)


def group_of(deliveries: Deliveries) -> Group:
    """What one COPY may read together, if deliveries are spread evenly."""
    share = 1 / deliveries.groups_per_day
    return Group(
        ceil(deliveries.small_files * share),
        deliveries.small_bytes * share,
        ceil(deliveries.large_files * share),
        deliveries.large_bytes * share,
    )


def landing_writes(bytes_of_file: float) -> int:
    """Of one delivery: its bytes in one request, or in parts between a beginning and an end; its arrival record."""
    if bytes_of_file <= PART_BYTES:
        return 2
    return ceil(bytes_of_file / PART_BYTES) + 3


def run_writes(runs: int, files: int, tables: int) -> int:
    """PUTs and LISTs of so many runs beside their deliveries.

    Landing: 4 listings, and 2 requests for each segment of the ledger. Loading: 5 listings, and for each table 2
    requests for its segment, and what the landing zone holds of it, a thousand names at a time.

    Args:
        tables: those that each run has a file of, all runs together.
    """
    return runs * (9 + 2 * ceil(files / runs / EVENTS_PER_SEGMENT)) + tables * (2 + ceil(files / tables / 1000))


def load_statements(tables: int, copies: int, merged: int, loads: int = 1) -> int:
    """Of loads that find something for so many tables, all together.

    Args:
        copies: from the landing zone, without those of merged files.
    """
    return LOAD_STATEMENTS * loads + TABLE_STATEMENTS * tables + COPY_STATEMENTS * copies + MERGED_STATEMENTS * merged


def statements_per_day(deliveries: Deliveries, homes: int) -> int:
    group, groups = group_of(deliveries), deliveries.groups_per_day
    return load_statements(
        deliveries.table_loads_per_day,
        group.copies * groups,
        group.merged_files * groups,
        loads=deliveries.runs_per_day * homes,
    )


def count(deliveries: Deliveries, homes: int = 1) -> Counts:
    """Of one day, of all homes that the tables are divided over."""
    groups, group = deliveries.groups_per_day, group_of(deliveries)
    large = deliveries.large_bytes / deliveries.large_files if deliveries.large_files else 0
    writes = deliveries.small_files * landing_writes(deliveries.small_file_kilobytes * 1e3)
    writes += deliveries.large_files * landing_writes(large)
    writes += run_writes(deliveries.runs_per_day * homes, deliveries.files_per_day, deliveries.table_loads_per_day)
    merged = group.merged_files
    return Counts(
        s3_writes=ceil(writes),
        s3_reads=deliveries.files_per_day,
        statements=statements_per_day(deliveries, homes),
        copies=groups * (group.copies + merged),
        files_before_merging=deliveries.files_per_day,
        files_after_merging=min(deliveries.files_per_day, groups * (group.copied + merged)),
        files_merged=min(deliveries.files_per_day, groups * group.small) if merged else 0,
        merged_file_megabytes=group.small_bytes / merged / 1e6 if merged else 0.0,
    )
