"""`healthcare-elt docs`: the dbt documentation as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from healthcare_elt.cli.display import say


def docs(
    to: Annotated[
        Path | None, typer.Option(help="Where to write it; metadata/dbt_docs.html if not given.", show_default=False)
    ] = None,
) -> None:
    """Write the documentation of all tables as one HTML page: descriptions, columns, tests and lineage."""
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.settings import load_settings
    from healthcare_elt.transform.docs import write_docs

    home = Home(load_settings())
    path = to or home.settings.dbt_docs
    with home.lock():
        with home.warehouse_if_there() as warehouse:
            is_built = warehouse is not None
        write_docs(home.settings, path, is_built=is_built)
    say(f"Written: {path}.")
