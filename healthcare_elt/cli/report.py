"""`healthcare-elt report`: one page about the home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from healthcare_elt.cli.display import say


def report(
    to: Annotated[
        Path | None, typer.Option(help="Where to write it; metadata/report.html if not given.", show_default=False)
    ] = None,
) -> None:
    """Write one HTML page: what needs attention, deliveries, rows, quarantine, checks, and where the time went."""
    from datetime import datetime

    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.report import History, gather, write_page
    from healthcare_elt.settings import load_settings

    home = Home(load_settings())
    history = History()
    if home.settings.dagster_home.exists():
        from healthcare_elt.orchestration import history_of

        history = history_of(home)
    page = gather(home, history, datetime.now(home.settings.tz))
    path = to or home.settings.report
    write_page(page, path)
    say(f"Written: {path}.")
    if page.attention:
        things = "1 thing needs" if len(page.attention) == 1 else f"{len(page.attention)} things need"
        say(f"{things} attention.", "yellow")
