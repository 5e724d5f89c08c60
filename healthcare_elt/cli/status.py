"""`healthcare-elt status`: what the home holds, without running anything."""

from __future__ import annotations

import typer

from healthcare_elt.cli.display import AsJson, show


def status(as_json: AsJson = False) -> None:
    """Show deliveries, classes of rows, quarantine and dimensions; changes none of them."""
    from healthcare_elt.cli.kept_status import kept_status

    told = kept_status() or _asked()
    if as_json:
        typer.echo(told.json)
        return
    for block in told.blocks:
        show(block)


def _asked():
    from healthcare_elt.cli.kept_status import keep_status, rules_basis, status_basis, status_of
    from healthcare_elt.cli.require_home import require_home

    require_home()
    rules = rules_basis()
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.pipeline.summary import summarize
    from healthcare_elt.settings import load_settings

    home = Home(load_settings())
    basis = status_basis(home, rules)
    told = status_of(home, summarize(home))
    keep_status(home, told, basis)
    return told
