"""`healthcare-elt run`: the whole graph for what is new."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson
from healthcare_elt.cli.working import DATE, delivery_date, require_order, work_in_home


def run(
    first: Annotated[
        date | None,
        typer.Option("--from", parser=delivery_date, metavar=DATE, help="First delivery date.", show_default=False),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option("--to", parser=delivery_date, metavar=DATE, help="Last delivery date.", show_default=False),
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
    require_order(first, last)

    def work(home, on_progress):
        from healthcare_elt.pipeline.transform import is_up_to_date

        within = partial(_within, first, last)
        new = within(_new(home))
        nothing_new = not new and is_up_to_date(home)
        if not new and (select or full_refresh or not nothing_new):
            new = within({day: set() for day in _known(home)})
        if not new:
            return None
        from healthcare_elt.orchestration import run_daily_elt

        outcome = run_daily_elt(
            home.settings,
            set(new),
            tables=set().union(*new.values()),
            select=select,
            full_refresh=full_refresh,
            on_progress=on_progress,
        )
        outcome.nothing_new = nothing_new
        return outcome

    work_in_home(work, as_json)


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
