"""`healthcare-elt plan-capacity`: what deliveries will ask of S3 and Snowflake, without a home or an account."""

from __future__ import annotations

from decimal import Decimal
from math import isclose
from typing import TYPE_CHECKING, Annotated

import typer

from healthcare_elt.cli.display import AsJson, print_json, print_table, say
from healthcare_elt.cli.numbers import number, whole_number

if TYPE_CHECKING:
    from healthcare_elt.capacity import Deliveries, Plan

DELIVERED, PRICES, RATES = "What is delivered", "Prices", "Assumptions to replace by your own figures"
ROUNDED = 0.01
"""Of gigabytes a day, by which people round them."""


def plan_capacity(
    gigabytes_per_day: Annotated[float, number("Bytes as delivered, in GB.", DELIVERED, 0.0001)] = 10,
    files_per_day: Annotated[int, whole_number("Files of all tables.", DELIVERED, 1)] = 100,
    small_files_percent: Annotated[float, number("Share of files that are small.", DELIVERED, 0, 100)] = 0,
    small_file_kilobytes: Annotated[float, number("Size of a small one.", DELIVERED, 0.001)] = 20,
    tables: Annotated[int, whole_number("Source tables that get deliveries.", DELIVERED, 1)] = 24,
    headers_per_table: Annotated[int, whole_number("Headers, dialects and compressions of a table.", DELIVERED, 1)] = 1,
    runs_per_day: Annotated[int, whole_number("Runs that find something new.", DELIVERED, 1)] = 1,
    keep_days: Annotated[int, whole_number("How long deliveries and history are kept.", DELIVERED, 1)] = 365,
    window_hours: Annotated[float, number("Within which a run has to end.", DELIVERED, 0.01)] = 4,
    dollars_per_credit: Annotated[float, number("Of Snowflake.", PRICES)] = 3.0,
    dollars_per_terabyte_month: Annotated[float, number("Of storage in S3 and Snowflake.", PRICES)] = 23.0,
    dollars_per_thousand_writes: Annotated[float, number("S3's PUT, POST and LIST.", PRICES)] = 0.005,
    dollars_per_thousand_reads: Annotated[float, number("S3's GET.", PRICES)] = 0.0004,
    load_gigabytes_per_credit: Annotated[float, number("What COPY reads in a credit's hour.", RATES, 0.001)] = 250,
    transform_gigabytes_per_credit: Annotated[
        float, number("Delivered bytes that dbt takes through in a credit's hour.", RATES, 0.001)
    ] = 60,
    file_seconds: Annotated[float, number("Of COPY, to open a file.", RATES)] = 0.1,
    statement_seconds: Annotated[float, number("Of each statement.", RATES)] = 0.3,
    landing_megabytes_per_second: Annotated[float, number("Of one process.", RATES, 0.001)] = 100,
    request_seconds: Annotated[float, number("Of a request to S3.", RATES)] = 0.04,
    compression: Annotated[float, number("Delivered bytes for each byte of a table.", RATES, 0.001)] = 5,
    as_json: AsJson = False,
) -> None:
    """Say what deliveries will ask of S3 and Snowflake, what it costs, and what to change first (docs/capacity.md)."""
    from healthcare_elt.capacity import Deliveries, Prices, Rates
    from healthcare_elt.capacity import plan_capacity as planned

    deliveries = Deliveries(
        gigabytes_per_day=gigabytes_per_day,
        files_per_day=files_per_day,
        small_files_percent=small_files_percent,
        small_file_kilobytes=small_file_kilobytes,
        tables=tables,
        headers_per_table=headers_per_table,
        runs_per_day=runs_per_day,
        keep_days=keep_days,
    )
    _require_agreement(deliveries)
    prices = Prices(
        dollars_per_credit, dollars_per_terabyte_month, dollars_per_thousand_writes, dollars_per_thousand_reads
    )
    rates = Rates(
        load_gigabytes_per_credit=load_gigabytes_per_credit,
        transform_gigabytes_per_credit=transform_gigabytes_per_credit,
        file_seconds=file_seconds,
        statement_seconds=statement_seconds,
        landing_megabytes_per_second=landing_megabytes_per_second,
        request_seconds=request_seconds,
        compression=compression,
    )
    plan = planned(deliveries, prices, rates, window_hours)
    if as_json:
        print_json(plan)
    else:
        _print(plan)


def _require_agreement(deliveries: Deliveries) -> None:
    if deliveries.runs_per_day > deliveries.files_per_day:
        raise typer.BadParameter(
            f"{deliveries.files_per_day:,} files a day cannot be new to {deliveries.runs_per_day:,} runs; correct "
            "--files-per-day or --runs-per-day."
        )
    small, every = deliveries.small_bytes / 1e9, deliveries.gigabytes_per_day
    if isclose(small, every, rel_tol=ROUNDED):
        return
    way_out = "correct --small-files-percent, --small-file-kilobytes or --gigabytes-per-day."
    if small > every:
        raise typer.BadParameter(f"The small files alone hold more than all files together; {way_out}")
    if not deliveries.large_files:
        raise typer.BadParameter(f"All files are small, but hold {small:g} of {every:g} GB; {way_out}")


def _print(plan: Plan) -> None:
    from healthcare_elt.capacity.advice import duration

    counts, used, cost = plan.counts, plan.compute, plan.dollars
    each = f" in each of {used.homes:,} homes" if used.homes > 1 else ""
    kept = f"once {plan.deliveries.keep_days:,} days are kept"
    print_table(
        "In one day",
        ["what", "how many"],
        [
            ["S3 requests that write or list", counts.s3_writes],
            ["S3 requests that read", counts.s3_reads],
            ["statements of the loader", counts.statements],
            ["COPY statements", counts.copies],
            ["files that COPY would see", counts.files_before_merging],
            ["files that COPY sees, after merging", counts.files_after_merging],
            ["MB delivered in a merged file", round(counts.merged_file_megabytes)],
        ],
    )
    print_table(
        "One run",
        ["step", "hours", "warehouse"],
        [
            ["landing", _cents(used.landing_hours), f"none: {used.homes:,} of your processes"],
            ["loading", _cents(used.load_hours), used.load_size + each],
            ["transforming", _cents(used.transform_hours), used.transform_size + each],
        ],
    )
    print_table(
        "Dollars a day",
        ["for", "dollars"],
        [
            [f"compute, {used.credits_per_day:,.2f} credits", _cents(cost.compute)],
            ["requests to S3", _cents(cost.requests)],
            [f"storage, {kept}", _cents(cost.storage)],
            [f"all, {kept}", _cents(cost.total)],
        ],
    )
    say("")
    if not plan.is_in_time:
        say(f"A run takes {duration(used.hours)} and does not end in {duration(plan.window_hours)}.", "yellow")
    say(f"Clustering of gold ({plan.gold_terabytes:,.2f} TB): {plan.clustering}")
    for place, sentence in enumerate(plan.change_first, start=1):
        say(f"Change first, {place}: {sentence}")
    say("Counts are those of the code; hours and dollars rest on the assumptions of --help. See docs/capacity.md.")


def _cents(number: float) -> Decimal:
    return Decimal(f"{number:.2f}")
