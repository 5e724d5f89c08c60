"""Hours and credits of Snowflake's compute, hours of landing, and dollars.

Here belongs what rests on Snowflake's documented sizes and billing, and on the user's rates (`inputs.Rates`). Loading
and transforming have a warehouse each, as `snowflake apply` makes them, and follow each other in a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil

from healthcare_elt.capacity.counts import Counts, Group, group_of, landing_writes, statements_per_day
from healthcare_elt.capacity.inputs import Deliveries, Prices, Rates
from healthcare_elt.snowflake.account import AUTO_SUSPEND_SECONDS
from healthcare_elt.warehouse.near import AT_ONCE

SIZES = {
    "XSMALL": 1,
    "SMALL": 2,
    "MEDIUM": 4,
    "LARGE": 8,
    "XLARGE": 16,
    "XXLARGE": 32,
    "XXXLARGE": 64,
    "X4LARGE": 128,
    "X5LARGE": 256,
    "X6LARGE": 512,
}
"""Credits of an hour (documented; standard warehouses, one cluster)."""
LEAST_SECONDS = 60
"""Billed each time a warehouse starts (documented)."""
THREADS = 8
"""Files that COPY reads at once for each credit of a size. Reported by many, documented nowhere: an assumption."""

MERGE_FILE_SECONDS = 0.0025
MERGE_BYTES_PER_SECOND = 20e6
"""DuckDB reading CSV files of a batch and writing them as one Parquet file; measured on two busy cores."""
LANDING_SHARE = 0.5
"""Of the window, the most that landing may take."""
LAYERS = 3
"""Bronze, silver and gold hold about the same rows (an assumption; Time Travel comes on top)."""


@dataclass(frozen=True)
class Compute:
    """What a run takes in each home on warehouses of these sizes, and a day costs in all."""

    homes: int
    """That have to land side by side, each its own source systems."""
    landing_hours: float
    load_size: str
    transform_size: str
    load_hours: float
    transform_hours: float
    credits_per_day: float

    @property
    def hours(self) -> float:
        """From the first file of a run to its last table."""
        return self.landing_hours + self.load_hours + self.transform_hours


@dataclass(frozen=True)
class Dollars:
    """Of one day once `keep_days` full days are kept, and storage has grown to all of them."""

    compute: float
    requests: float
    storage: float

    @property
    def total(self) -> float:
        return self.compute + self.requests + self.storage


def landing_hours(deliveries: Deliveries, rates: Rates) -> float:
    """Of a run in one home: one process sends one request after the other, and the bytes at one rate."""
    large = deliveries.large_bytes / deliveries.large_files if deliveries.large_files else 0
    requests = deliveries.small_files * landing_writes(deliveries.small_file_kilobytes * 1e3)
    requests += deliveries.large_files * landing_writes(large)
    seconds = requests * rates.request_seconds + deliveries.gigabytes_per_day * 1e3 / rates.landing_megabytes_per_second
    return seconds / 3600 / deliveries.runs_per_day


def load_hours(deliveries: Deliveries, rates: Rates, size: str, homes: int = 1) -> float:
    """Of a run in one of so many homes: group by group, what COPY opens and reads in parallel, and the statements.

    These follow each other. A COPY uses no more threads than it has files; a merged file is read by one.
    """
    group = group_of(deliveries)
    seconds = statements_per_day(deliveries, homes) * rates.statement_seconds
    seconds += deliveries.groups_per_day * (_copy_seconds(group, rates, size) + _merge_seconds(group, rates))
    return seconds / 3600 / (deliveries.runs_per_day * homes)


def _copy_seconds(group: Group, rates: Rates, size: str) -> float:
    if not group.copied:
        return 0.0
    threads = min(THREADS * SIZES[size], ceil(group.copied / group.copies))
    size_in_bytes = group.large_bytes + (0 if group.is_merged else group.small_bytes)
    return (group.copied * rates.file_seconds + size_in_bytes / _bytes_per_second(rates)) / threads


def _merge_seconds(group: Group, rates: Rates) -> float:
    if not group.is_merged:
        return 0.0
    fetched = group.small * rates.request_seconds / AT_ONCE
    read = group.small * MERGE_FILE_SECONDS + group.small_bytes / MERGE_BYTES_PER_SECOND
    return fetched + read + group.merged_files * rates.file_seconds + group.small_bytes / _bytes_per_second(rates)


def _bytes_per_second(rates: Rates) -> float:
    """Of one thread."""
    return rates.load_gigabytes_per_credit * 1e9 / 3600 / THREADS


def transform_hours(deliveries: Deliveries, rates: Rates, size: str, homes: int = 1) -> float:
    """Of a run in one of so many homes: it scales with the size, since dbt's statements are few and large."""
    gigabytes = deliveries.gigabytes_per_day / (deliveries.runs_per_day * homes)
    return gigabytes / rates.transform_gigabytes_per_credit / SIZES[size]


def credits(hours: float, size: str) -> float:
    """Of one start: what it works, the idle time until it suspends itself, and never less than a minute."""
    return SIZES[size] * max(LEAST_SECONDS, hours * 3600 + AUTO_SUSPEND_SECONDS) / 3600


def cheapest(deliveries: Deliveries, rates: Rates, window_hours: float) -> Compute:
    """The fewest homes that land in half the window, and the fewest credits with which the rest of a run ends in it.

    A home is for one table at least, and finds a file in each run. Where no size ends in the window, the fastest.
    """
    alone = landing_hours(deliveries, rates)
    most_homes = max(1, min(deliveries.tables, deliveries.files_per_day // deliveries.runs_per_day))
    homes = min(most_homes, max(1, ceil(alone / (window_hours * LANDING_SHARE))))
    every = [_compute(deliveries, rates, homes, alone / homes, *sizes) for sizes in product(SIZES, SIZES)]
    in_time = [each for each in every if each.hours <= window_hours]
    if in_time:
        return min(in_time, key=lambda each: each.credits_per_day)
    return min(every, key=lambda each: each.hours)


def _compute(
    deliveries: Deliveries, rates: Rates, homes: int, landing: float, load_size: str, transform_size: str
) -> Compute:
    load = load_hours(deliveries, rates, load_size, homes)
    transform = transform_hours(deliveries, rates, transform_size, homes)
    started = credits(load, load_size) + credits(transform, transform_size)
    runs = deliveries.runs_per_day * homes
    return Compute(homes, landing, load_size, transform_size, load, transform, runs * started)


def dollars(deliveries: Deliveries, counts: Counts, used: Compute, prices: Prices, rates: Rates) -> Dollars:
    terabytes = deliveries.gigabytes_per_day * deliveries.keep_days / 1e3
    return Dollars(
        compute=used.credits_per_day * prices.dollars_per_credit,
        requests=counts.s3_writes / 1e3 * prices.dollars_per_thousand_writes
        + counts.s3_reads / 1e3 * prices.dollars_per_thousand_reads,
        # Deliveries as they came in S3; bronze, silver and gold in Snowflake.
        storage=terabytes * (1 + LAYERS / rates.compression) * prices.dollars_per_terabyte_month * 12 / 365,
    )
