"""`healthcare-elt snowflake`: what has to be there in the account, made and compared."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, print_json, print_table, say
from healthcare_elt.cli.errors import FAILED

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
    from healthcare_elt.snowflake.difference import asking
    from healthcare_elt.snowflake.tables import contract_group

    _, snowflake, contracts = _settings()
    _, groups = _planned(part)
    applied: list = []
    try:
        with _connection(snowflake) as connection, connection.cursor() as cursor:
            applied.extend(apply_groups(connection, snowflake, groups))
            if part != PartName.account:
                changes = contract_group(asking(cursor, snowflake), snowflake, contracts)
                applied.extend(apply_groups(connection, snowflake, [changes]))
    finally:
        _print_applied(snowflake.account, applied, as_json)


def _print_applied(account: str, applied: list, as_json: bool) -> None:
    """Also before an error is told: what was run stays."""
    if as_json:
        print_json(applied)
        return
    cells = [[done.title, done.role, done.made, done.there, done.set] for done in applied]
    print_table(f"Applied to {account}", ["group", "role", "made", "there", "set"], cells)


@app.command()
def verify(part: Part = None, as_json: AsJson = False) -> None:
    """Compare the account with the plan; exit 1 if anything is missing, extra or different."""
    from healthcare_elt.snowflake.classes import planned_classes
    from healthcare_elt.snowflake.difference import asking
    from healthcare_elt.snowflake.verify import differences

    settings, snowflake, contracts = _settings()
    models = planned_classes(contracts, settings.dbt_project)
    with _connection(snowflake) as connection, connection.cursor() as cursor:
        ask = asking(cursor, snowflake)
        found = list(differences(ask, snowflake, contracts, settings.landing_url, part, models=models))
    if as_json:
        print_json(found)
    elif found:
        cells = [[difference.what, difference.found, difference.planned] for difference in found]
        print_table(f"{snowflake.account} differs from the plan", ["what", "found", "planned"], cells)
        say("Run `healthcare-elt snowflake apply` for what is missing; revoke what is granted beside the plan.")
        say("A class of a column that dbt has made is set by `healthcare-elt run --full-refresh`.")
    else:
        say(f"{snowflake.account} is as planned.")
    if found:
        raise typer.Exit(FAILED)


def _planned(part: PartName | None):
    from healthcare_elt.snowflake.plan import plan as plan_groups

    settings, snowflake, contracts = _settings()
    groups = plan_groups(snowflake, contracts, settings.landing_url)
    return snowflake, [group for group in groups if part in (None, group.part)]


def _settings():
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.settings import load_settings
    from healthcare_elt.settings_snowflake import load_snowflake_settings

    settings = load_settings()
    return settings, load_snowflake_settings(settings), Home(settings).contracts


def _connection(snowflake):
    from healthcare_elt.secrets import resolve
    from healthcare_elt.snowflake.connect import connected, connection_arguments

    return connected(snowflake, connection_arguments(snowflake, None, None, resolve=resolve))
