"""`healthcare-elt run`: the whole graph for what is new."""

from __future__ import annotations

import time
from datetime import date, datetime
from functools import partial
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, console, print_json, say
from healthcare_elt.cli.errors import FAILED

ROOM_FOR_CLOCK = 12
"""Columns of the progress line that are not words."""


def run(
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First delivery date.", show_default=False)
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last delivery date.", show_default=False)
    ] = None,
    select: Annotated[
        str | None, typer.Option(help="Dagster asset selection, such as 'group:gold'.", show_default=False)
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build silver and all behind it again from bronze.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Land, load and transform whatever is new, and say what came of it."""
    from healthcare_elt.pipeline.home import Home, exclusive
    from healthcare_elt.settings import load_settings

    home = Home(load_settings())
    if first and last and first > last:
        raise typer.BadParameter("the first delivery date is after the last.", param_hint="--from")
    # From the first look to the last word: a second command finds either nothing or everything of the first done.
    with exclusive(home.settings, home.settings.command_lock, _say_that_it_waits):
        success = _work(home, first, last, select, full_refresh, as_json)
    if not success:
        raise typer.Exit(FAILED)


def _say_that_it_waits() -> None:
    typer.echo("Another run works in this home; waiting for it to end.", err=True)


def _work(
    home, first: datetime | None, last: datetime | None, select: str | None, full_refresh: bool, as_json: bool
) -> bool:
    """Run what there is to do and tell; whether it went well."""
    started = time.monotonic()
    days = partial(_within, first and first.date(), last and last.date())
    new = days(_new(home))
    if not new and (select or full_refresh or not _is_up_to_date(home)):
        new = days({day: set() for day in _known(home)})
    outcome = _run(home, new, select, full_refresh, quiet=as_json) if new else None
    _report(home, outcome, time.monotonic() - started, as_json)
    return outcome is None or outcome.success


def _within(first: date | None, last: date | None, tables: dict[date, set[str]]) -> dict[date, set[str]]:
    return {
        day: names for day, names in tables.items() if (first is None or day >= first) and (last is None or day <= last)
    }


def _new(home) -> dict[date, set[str]]:
    from healthcare_elt.pipeline.pending import pending

    return pending(home)


def _known(home) -> set[date]:
    """All delivery dates in the ledger, for a run without anything new to land."""
    return {state.delivery_date for state in home.ledger.deliveries()}


def _is_up_to_date(home) -> bool:
    from healthcare_elt.pipeline.transform import is_up_to_date

    return is_up_to_date(home)


def _run(home, new: dict[date, set[str]], select: str | None, full_refresh: bool, quiet: bool):
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("Starting Dagster …")
        from healthcare_elt.orchestration import run_daily_elt

        return run_daily_elt(
            home.settings,
            set(new),
            tables=set().union(*new.values()),
            select=select,
            full_refresh=full_refresh,
            on_progress=lambda words: progress.update(task, description=words[: console.width - ROOM_FOR_CLOCK]),
        )


def _report(home, outcome, seconds: float, as_json: bool) -> None:
    from healthcare_elt.cli.summary import as_typed, print_summary
    from healthcare_elt.pipeline.summary import summarize
    from healthcare_elt.pipeline.transform import run_costs

    # Where compute is charged for, a run with nothing new does not wake it to count what it has counted before.
    counts = outcome is not None or not home.is_metered
    summary = summarize(home, warehouse_too=counts)
    costs = run_costs(home, outcome.run_id) if outcome else {}
    if as_json:
        print_json({"run": outcome, "seconds": round(seconds, 2), "summary": summary, "costs": costs})
        return
    print_summary(home, summary, outcome)
    if outcome is None:
        say(f"Nothing new: nothing was loaded and nothing was written ({seconds:.1f} s).")
        if not counts:
            say(f"No compute was woken to count rows; `{as_typed()} status` does so.")
    else:
        _say_costs(costs)
        ended = "took" if outcome.success else "failed after"
        say(f"Run {outcome.run_id} {ended} {seconds:.1f} s.", "" if outcome.success else "red")


def _say_costs(costs) -> None:
    from rich.filesize import decimal

    from healthcare_elt.warehouse.cost import NOTHING

    if costs:
        cost = sum(costs.values(), NOTHING)
        scanned = decimal(cost.bytes_scanned)
        say(f"Snowflake: {cost.statements:,} statements, {scanned} scanned, {cost.seconds:.1f} s of compute.")
