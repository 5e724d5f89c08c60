"""What a plan is made of: deliveries, prices, and rates that nobody but the user can measure.

A kilobyte is 1,000 bytes, a gigabyte 1,000,000,000.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Deliveries:
    """What arrives on one day, spread evenly over tables, headers and runs."""

    gigabytes_per_day: float = 10.0
    """As delivered; of CSV that is not compressed, if it is to be compared with `load_gigabytes_per_credit`."""
    files_per_day: int = 100
    small_files_percent: float = 0.0
    """Of the files, those of `small_file_kilobytes`."""
    small_file_kilobytes: float = 20.0
    tables: int = 24
    headers_per_table: int = 1
    """Of one table within a run, each with its dialect and compression: files of one of them are loaded together."""
    runs_per_day: int = 1
    """Runs that find something new."""
    keep_days: int = 365
    """How long deliveries and history are kept."""

    @property
    def groups_per_day(self) -> int:
        """Of files that one COPY may read together, of all runs; none is without a file."""
        return min(self.tables * self.headers_per_table * self.runs_per_day, self.files_per_day)

    @property
    def table_loads_per_day(self) -> int:
        """Of a table in a run that has a file of it."""
        return min(self.tables * self.runs_per_day, self.files_per_day)

    @property
    def small_files(self) -> float:
        return self.files_per_day * self.small_files_percent / 100

    @property
    def large_files(self) -> float:
        return self.files_per_day - self.small_files

    @property
    def small_bytes(self) -> float:
        return self.small_files * self.small_file_kilobytes * 1e3

    @property
    def large_bytes(self) -> float:
        return max(0.0, self.gigabytes_per_day * 1e9 - self.small_bytes)


@dataclass(frozen=True)
class Prices:
    """List prices differ by region, cloud and edition: replace them."""

    dollars_per_credit: float = 3.0
    """Snowflake, Enterprise edition, AWS US regions."""
    dollars_per_terabyte_month: float = 23.0
    """Of S3 and of Snowflake's storage alike."""
    dollars_per_thousand_writes: float = 0.005
    """S3's PUT, POST and LIST."""
    dollars_per_thousand_reads: float = 0.0004
    """S3's GET."""


@dataclass(frozen=True)
class Rates:
    """Assumptions: measure yours (`healthcare-elt run --json` gives bytes and seconds of compute by asset)."""

    load_gigabytes_per_credit: float = 250.0
    """What COPY reads in an hour for each credit of the warehouse's size, if files are many and large."""
    transform_gigabytes_per_credit: float = 60.0
    """Of delivered bytes, what dbt takes through silver and gold in an hour for each credit."""
    file_seconds: float = 0.1
    """What COPY takes to open a file, in one of its threads."""
    statement_seconds: float = 0.3
    """Of each statement, whatever the size of the warehouse."""
    landing_megabytes_per_second: float = 100.0
    """Of one process: read, hashed and put into S3."""
    request_seconds: float = 0.04
    """Of a request to S3; landing sends one after the other."""
    compression: float = 5.0
    """Delivered bytes for each byte that a table takes in Snowflake."""
