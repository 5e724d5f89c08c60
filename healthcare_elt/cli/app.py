"""The command and its sub-commands, and how errors become one sentence and an exit code."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from healthcare_elt.cli import (
    alerts,
    backfill,
    contract,
    docs,
    doctor,
    health,
    ledger,
    plan_capacity,
    prune,
    quarantine,
    report,
    run,
    sample,
    snowflake,
    status,
)
from healthcare_elt.cli.errors import FAILED, told

app = typer.Typer(
    name="healthcare-elt",
    help="Files in, trusted star schema out. Exit codes: 0 fine, 1 a run or a check failed, 2 usage or configuration.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("sample")(sample.sample)
app.command("run")(run.run)
app.command("backfill")(backfill.backfill)
app.command("replay")(backfill.replay)
app.command("status")(status.status)
app.command("health")(health.health)
app.command("prune")(prune.prune)
app.command("docs")(docs.docs)
app.command("report")(report.report)
app.command("doctor")(doctor.doctor)
app.command("plan-capacity")(plan_capacity.plan_capacity)
app.add_typer(contract.app, name="contract")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(ledger.app, name="ledger")
app.add_typer(snowflake.app, name="snowflake")
app.add_typer(alerts.app, name="alerts")


OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Python's 700 make a tenth of a run a search for cycles among what Dagster and dbt keep to its end."""
NEED_NO_HOME = ("sample", "run", "doctor", "docs", "contract", "snowflake", "plan-capacity")
ASKS_ITSELF = "status"
"""Its answer may lie in the home, and is then told without reading settings."""


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        str | None, typer.Option(help="Home folder; the same as HEALTHCARE_ELT_HOME.", show_default=False)
    ] = None,
) -> None:
    if home:
        from healthcare_elt.environment import set_home

        set_home(home)
    asks_for_help = any(name in sys.argv for name in context.help_option_names)
    if context.invoked_subcommand not in (*NEED_NO_HOME, ASKS_ITSELF) and not asks_for_help:
        from healthcare_elt.cli.require_home import require_home

        require_home()


def main() -> None:
    """Entry point; every error is one sentence on standard error."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("Stopped; running again finishes the work.", err=True)
        sys.exit(FAILED)
    except Exception as error:
        sys.exit(told(error))
