"""`healthcare-elt plan-capacity`: what deliveries will ask of S3 and Snowflake, without a home or an account."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from healthcare_elt.cli.display import AsJson, print_json, print_table, say

if TYPE_CHECKING:
    from healthcare_elt.capacity import Plan

DELIVERED, PRICES, RATES = "What is delivered", "Prices", "Assumptions to replace by your own figures"


def _number(group: str, words: str, least: float = 0) -> object:
    return typer.Option(help=words, min=least, rich_help_panel=group)


def plan_capacity(
    gigabytes_per_day: Annotated[float, _number(DELIVERED, "Bytes as delivered, in GB.", 0.001)] = 10,
    files_per_day: Annotated[int, _number(DELIVERED, "Files of all tables.", 1)] = 100,
    small_files_percent: Annotated[
        float, typer.Option(help="Share of files that are small.", min=0, max=100, rich_help_panel=DELIVERED)
    ] = 0,
    small_file_kilobytes: Annotated[float, _number(DELIVERED, "Size of a small one.", 0.001)] = 20,
    tables: Annotated[int, _number(DELIVERED, "Source tables that get deliveries.", 1)] = 24,
    headers_per_table: Annotated[int, _number(DELIVERED, "Headers, dialects and compressions of a table.", 1)] = 1,
    runs_per_day: Annotated[int, _number(DELIVERED, "Runs that find something new.", 1)] = 1,
    keep_days: Annotated[int, _number(DELIVERED, "How long deliveries and history are kept.", 1)] = 365,
    window_hours: Annotated[float, _number(DELIVERED, "Within which a run has to end.", 0.01)] = 4,
    dollars_per_credit: Annotated[float, _number(PRICES, "Of Snowflake.")] = 3.0,
    dollars_per_terabyte_month: Annotated[float, _number(PRICES, "Of storage in S3 and Snowflake.")] = 23.0,
    dollars_per_thousand_writes: Annotated[float, _number(PRICES, "S3's PUT, POST and LIST.")] = 0.005,
    dollars_per_thousand_reads: Annotated[float, _number(PRICES, "S3's GET.")] = 0.0004,
    load_gigabytes_per_credit: Annotated[float, _number(RATES, "What COPY reads in a credit's hour.", 0.001)] = 250,
    transform_gigabytes_per_credit: Annotated[
        float, _number(RATES, "Delivered bytes that dbt takes through in a credit's hour.", 0.001)
    ] = 60,
    file_seconds: Annotated[float, _number(RATES, "Of COPY, to open a file.")] = 0.1,
    statement_seconds: Annotated[float, _number(RATES, "Of each statement.")] = 0.3,
    landing_megabytes_per_second: Annotated[float, _number(RATES, "Of one process.", 0.001)] = 100,
    request_seconds: Annotated[float, _number(RATES, "Of a request to S3.")] = 0.04,
    compression: Annotated[float, _number(RATES, "Delivered bytes for each byte of a table.", 0.001)] = 5,
    as_json: AsJson = False,
) -> None:
    """Say what deliveries will ask of S3 and Snowflake, what it costs, and what to change first (docs/capacity.md)."""
    from healthcare_elt.capacity import Deliveries, Prices, Rates
    from healthcare_elt.capacity import plan_capacity as planned

    if small_files_percent / 100 * files_per_day * small_file_kilobytes > gigabytes_per_day * 1e6:
        raise typer.BadParameter(
            "The small files alone hold more than all files together; correct --small-files-percent, "
            "--small-file-kilobytes or --gigabytes-per-day."
        )
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


def _print(plan: Plan) -> None:
    counts, used, cost = plan.counts, plan.compute, plan.dollars
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
            ["loading", _cents(used.load_hours), used.load_size],
            ["transforming", _cents(used.transform_hours), used.transform_size],
        ],
    )
    print_table(
        "Dollars a day",
        ["for", "dollars"],
        [
            [f"compute, {used.credits_per_day:,.2f} credits", _cents(cost.compute)],
            ["requests to S3", _cents(cost.requests)],
            [f"storage of {plan.deliveries.keep_days:,} days", _cents(cost.storage)],
            ["all", _cents(cost.total)],
        ],
    )
    say("")
    if not plan.is_in_time:
        say(f"A run takes {used.hours:,.1f} hours and does not end in {plan.window_hours:g}.", "yellow")
    say(f"Clustering of gold ({plan.gold_terabytes:,.2f} TB): {plan.clustering}")
    for number, sentence in enumerate(plan.change_first, start=1):
        say(f"Change first, {number}: {sentence}")
    say("Counts are those of the code; hours and dollars rest on the assumptions of --help. See docs/capacity.md.")


def _cents(number: float) -> Decimal:
    return Decimal(f"{number:.2f}")
