"""`healthcare-elt snowflake`: what has to be there in the account, made and compared."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, print_json, print_table

app = typer.Typer(help="Database, roles, policies and stages in Snowflake: plan, apply, verify.", no_args_is_help=True)


class PartName(StrEnum):
    account = "account"
    database = "database"


Part = Annotated[
    PartName | None,
    typer.Option(help="Only what needs ACCOUNTADMIN, or only what does not; both if left out.", show_default=False),
]


@app.command()
def plan(part: Part = None) -> None:
    """Print every statement, in order, as a script; nothing is run."""
    from healthcare_elt.snowflake.group import rendered

    _, groups = _planned(part)
    typer.echo(rendered(groups), nl=False)


@app.command()
def apply(part: Part = None, as_json: AsJson = False) -> None:
    """Run the plan, statement by statement; it may be repeated."""
    from healthcare_elt.snowflake.apply import apply as apply_groups

    snowflake, groups = _planned(part)
    with _connection(snowflake) as connection:
        applied = list(apply_groups(connection, snowflake, groups))
    if as_json:
        print_json(applied)
        return
    cells = [[done.title, done.role, done.made, done.there, done.set] for done in applied]
    print_table(f"Applied to {snowflake.account}", ["group", "role", "made", "there", "set"], cells)


def _planned(part: PartName | None):
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.settings import load_settings
    from healthcare_elt.settings_snowflake import load_snowflake_settings
    from healthcare_elt.snowflake.plan import plan as plan_groups

    settings = load_settings()
    snowflake = load_snowflake_settings(settings)
    groups = plan_groups(snowflake, Home(settings).contracts, settings.landing_url)
    return snowflake, [group for group in groups if part in (None, group.part)]


def _connection(snowflake):
    from healthcare_elt.snowflake.connect import connected, connection_arguments

    return connected(snowflake, connection_arguments(snowflake, None, None))
