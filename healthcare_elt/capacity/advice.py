"""What to change first: what a plan costs most time or money, and the way out of it, the worst first."""

from __future__ import annotations

from collections.abc import Iterator

from healthcare_elt.capacity.compute import LEAST_SECONDS, Compute, Dollars
from healthcare_elt.capacity.counts import Counts
from healthcare_elt.capacity.inputs import Deliveries
from healthcare_elt.warehouse.snowflake_merge import MANY_FILES, SMALL_BYTES

FILE_MEGABYTES = (100, 250)
"""Of a compressed file, as Snowflake documents it."""

DAY = 24.0


def advice(deliveries: Deliveries, counts: Counts, used: Compute, cost: Dollars, window_hours: float) -> list[str]:
    """Sentences, at most one for each matter; empty if nothing stands out."""
    return [
        *_time(deliveries, used, window_hours),
        *_files(deliveries, counts),
        *_money(deliveries, used, cost),
    ]


def duration(hours: float) -> str:
    """In the unit that needs no fraction to speak of."""
    seconds = hours * 3600
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if hours < 2:
        return f"{seconds / 60:.0f} minutes"
    return f"{hours:,.1f}".removesuffix(".0") + " hours"


def _time(deliveries: Deliveries, used: Compute, window_hours: float) -> Iterator[str]:
    alone, all_runs = used.landing_hours * used.homes, used.hours * deliveries.runs_per_day
    if used.homes > 1:
        wider = ", or widen the window" if alone * deliveries.runs_per_day <= DAY else ""
        yield (
            f"Landing would take one process {duration(alone)} of a run, since it lands one file after the other: "
            f"divide the source systems over {used.homes:,} homes, each with its own landing zone and database{wider}."
        )
    is_in_time = used.hours <= window_hours
    if not is_in_time and all_runs <= DAY:
        yield (
            f"A run takes {duration(used.hours)} on the sizes that are fastest: widen the window of "
            f"{duration(window_hours)}, or run more often."
        )
    elif not is_in_time:
        way = "run less often, and widen the window" if deliveries.runs_per_day > 1 else "no window is long enough"
        yield f"All runs of a day take {duration(all_runs)} on the sizes that are fastest: {way}."
    elif all_runs > DAY:
        yield f"All runs of a day take {duration(all_runs)}: run less often, or shorten the window."


def _files(deliveries: Deliveries, counts: Counts) -> Iterator[str]:
    large = deliveries.large_bytes / deliveries.large_files / 1e6 if deliveries.large_files else 0
    if large > 10 * FILE_MEGABYTES[1]:
        yield (
            f"Files of {large:,.0f} MB are each read by one thread of COPY: let senders split them into files of "
            f"{FILE_MEGABYTES[0]} to {FILE_MEGABYTES[1]} MB, compressed."
        )
    left = deliveries.small_files - counts.files_merged
    if left > counts.files_before_merging / 2 and deliveries.runs_per_day > 1:
        yield (
            f"{left:,.0f} small files are not merged, being fewer than {MANY_FILES:,} of a table, header and run, or "
            f"larger than {SMALL_BYTES >> 10} KiB: run less often, or let senders send larger ones."
        )


def _money(deliveries: Deliveries, used: Compute, cost: Dollars) -> Iterator[str]:
    warehouses = 2 * used.homes
    least = deliveries.runs_per_day * warehouses * 2 * LEAST_SECONDS / 3600
    if used.credits_per_day and deliveries.runs_per_day > 1 and least > used.credits_per_day / 2:
        yield (
            f"Most of {used.credits_per_day:,.2f} credits is starting and suspending {warehouses:,} warehouses "
            f"{deliveries.runs_per_day:,} times a day: run less often."
        )
    if cost.storage > cost.compute + cost.requests:
        yield (
            f"Storage of {deliveries.keep_days:,} days costs more than all work: move deliveries in S3 to a colder "
            "class by a lifecycle rule, or keep fewer days."
        )
