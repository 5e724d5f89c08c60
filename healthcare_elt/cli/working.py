"""What the commands that run the graph share: the home for themselves, progress, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import typer

from healthcare_elt.cli.display import console, print_json, say
from healthcare_elt.cli.errors import FAILED

ROOM_FOR_BAR = 58
"""Columns of the progress line that are not words."""

DATE = "YYYY-MM-DD"

Work = Callable[[Any, Callable[[str, float], None]], Any]
"""Given the home and whom to tell of progress, the outcome of the run, or None if there was nothing to do."""


def delivery_date(text: str) -> date:
    """Parser of an option, whose metavar is `DATE`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as {DATE}.") from None


def require_order(first: date | None, last: date | None) -> None:
    if first and last and first > last:
        raise typer.BadParameter("the first delivery date is after the last.", param_hint="--from")


def work_in_home(work: Work, as_json: bool) -> None:
    """Do it while no other command works in the home, and say what came of it; exit code 1 if it failed."""
    from healthcare_elt.cli.kept_status import rules_basis
    from healthcare_elt.pipeline.home import Home, exclusive
    from healthcare_elt.settings import load_settings, misspelled

    for sentence in misspelled():
        typer.echo(sentence, err=True)
    rules = rules_basis()
    home = Home(load_settings())
    # From the first look to the last word: a second command finds either nothing or everything of the first done.
    with exclusive(home.settings, home.settings.command_lock, _say_that_it_waits):
        started = time.monotonic()
        outcome = _with_progress(work, home, quiet=as_json)
        _report(home, rules, outcome, time.monotonic() - started, as_json)
    if outcome is not None and not outcome.success:
        raise typer.Exit(FAILED)


def _say_that_it_waits() -> None:
    typer.echo("Another run works in this home; waiting for it to end.", err=True)


def _with_progress(work: Work, home, quiet: bool):
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}")
    where = console()
    with Progress(*columns, console=where, transient=True, disable=quiet or not where.is_terminal) as progress:
        task = progress.add_task("Looking what there is to do …", total=1.0)

        def tell(words: str, done: float) -> None:
            progress.update(task, description=words[: where.width - ROOM_FOR_BAR], completed=done)

        return work(home, tell)


def _report(home, rules, outcome, seconds: float, as_json: bool) -> None:
    from healthcare_elt.cli.kept_status import keep_status, status_basis, status_of
    from healthcare_elt.cli.summary import as_typed, print_summary
    from healthcare_elt.pipeline.summary import summarize
    from healthcare_elt.pipeline.transform import run_costs

    # Where compute is charged for, a run with nothing new does not wake it to count what it has counted before.
    counts = outcome is not None or not home.is_metered
    basis = status_basis(home, rules) if outcome else None  # a run with nothing new writes nothing
    summary = summarize(home, warehouse_too=counts)
    if basis:
        keep_status(home, status_of(home, summary), basis)
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
        if outcome.nothing_new:
            say("Nothing was new: no delivery was loaded.")
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
