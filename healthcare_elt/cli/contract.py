"""`healthcare-elt contract`: what a new source table needs besides its contract."""

from __future__ import annotations

import typer

from healthcare_elt.cli.display import AsJson, print_json, say

app = typer.Typer(help="Contracts of source tables, and the models that they need.", no_args_is_help=True)


@app.command("write-models")
def write_models(as_json: AsJson = False) -> None:
    """Write the silver and quarantine models that source tables lack; files that are there stay as they are."""
    from healthcare_elt.contracts import load_contracts
    from healthcare_elt.settings import load_settings
    from healthcare_elt.transform.source_models import write_source_models

    models = load_settings().dbt_project / "models"
    written = write_source_models(load_contracts(models / "sources"), models)
    if as_json:
        print_json([str(path) for path in written])
        return
    for path in written:
        say(str(path.relative_to(models.parent)))
    if not written:
        say("Every source table has its models.")
        return
    say(
        f"{len(written)} files written. Next: name each new table in vars.source_tables of dbt_project/dbt_project.yml."
    )
