"""`healthcare-elt backfill` and `replay`: a range of delivery dates in one run, and a layer built again."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson
from healthcare_elt.cli.working import DATE, delivery_date, require_order, work_in_home
from healthcare_elt.pipeline.layers import Layer

Tables = Annotated[
    str | None,
    typer.Option(
        "--tables", help="Source tables with a comma between them, such as icon_health.patients.", show_default=False
    ),
]


def backfill(
    first: Annotated[date, typer.Option("--from", parser=delivery_date, metavar=DATE, help="First delivery date.")],
    last: Annotated[date, typer.Option("--to", parser=delivery_date, metavar=DATE, help="Last delivery date.")],
    tables: Tables = None,
    as_json: AsJson = False,
) -> None:
    """Land, load and transform a range of delivery dates in one run.

    What is loaded already is not loaded again. Stopped at any point, the same command finishes the work.
    """
    require_order(first, last)

    def work(home, on_progress):
        from healthcare_elt.pipeline.known import known_or_new
        from healthcare_elt.pipeline.pending import pending
        from healthcare_elt.pipeline.transform import is_up_to_date

        new = pending(home)
        found = known_or_new(home, first, last, _names(home, tables), new)
        if not found:
            return None
        is_new = any(found.get(day, set()) & names for day, names in new.items())
        nothing_new = not is_new and is_up_to_date(home)
        from healthcare_elt.orchestration import backfill

        outcome = backfill(home.settings, set(found), set().union(*found.values()), on_progress=on_progress)
        outcome.nothing_new = nothing_new
        return outcome

    work_in_home(work, as_json)


def replay(
    layer: Annotated[Layer, typer.Option(help="The first layer that is built again.")] = "bronze",
    tables: Tables = None,
    as_json: AsJson = False,
) -> None:
    """Build a layer and all behind it again, bronze from the landing zone; the inbox is not needed.

    Until a table is replaced, it is as it was. Stopped once it has begun, the next run finishes the work.
    """

    def work(home, on_progress):
        from healthcare_elt.pipeline.known import landed_dates

        names = _names(home, tables)
        dates = landed_dates(home)
        if not dates:
            return None
        from healthcare_elt.orchestration import replay

        return replay(home.settings, dates, layer, names, on_progress=on_progress)

    work_in_home(work, as_json)


def _names(home, tables: str | None) -> set[str] | None:
    from healthcare_elt.pipeline.quarantine import contracts_named

    if tables is None:
        return None
    return {contract.name for table in tables.split(",") for contract in contracts_named(home, table.strip())}
