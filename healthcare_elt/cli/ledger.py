"""`healthcare-elt ledger`: what happened to every delivery."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, building, print_json, print_table, say
from healthcare_elt.cli.errors import FAILED

app = typer.Typer(
    help="The record of every delivery: show, withdraw, restore, verify, export, compact.", no_args_is_help=True
)

Id = Annotated[str, typer.Argument(metavar="DELIVERY", help="Delivery id as `ledger show` prints it, or all of it.")]

SHORT_ID = 8
"""Letters of a delivery's id that are shown: enough to name it to `withdraw`."""
STATES = ("landed", "loaded", "rejected", "withdrawn")


@app.command()
def show(
    table: Annotated[str | None, typer.Argument(help="Source table, such as icon_health.patients.")] = None,
    state: Annotated[str | None, typer.Option(help="landed, loaded, rejected or withdrawn.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show every delivery and what became of it, in order of arrival."""
    from healthcare_elt.pipeline.quarantine import contracts_named

    home = _home()
    contracts_named(home, table)
    if state not in (None, *STATES):
        raise typer.BadParameter(f"{state!r} is no state; it may be one of {', '.join(STATES)}.", param_hint="--state")
    found = [
        delivery
        for delivery in home.ledger.deliveries()
        if table in (None, f"{delivery.system}.{delivery.table}") and state in (None, delivery.state)
    ]
    if as_json:
        print_json(found)
    elif found:
        _print_deliveries(found)
    elif home.ledger.deliveries():
        say("The ledger holds no such delivery.")
    else:
        _print_first_step(home)


def _print_first_step(home) -> None:
    from healthcare_elt.cli.summary import first_step
    from healthcare_elt.pipeline.summary import summarize

    say(f"No delivery was taken yet. {first_step(home, summarize(home, warehouse_too=False))}")


def _print_deliveries(found: list) -> None:
    columns = ["arrival", "id", "date", "state", "rows", "name"]
    for table in dict.fromkeys(f"{d.system}.{d.table}" for d in found):
        mine = [d for d in found if f"{d.system}.{d.table}" == table]
        cells = [[d.arrival, d.delivery_id[:SHORT_ID], d.delivery_date, d.state, d.rows, d.name] for d in mine]
        print_table(table, columns, cells)
        for delivery in mine:
            for note in _notes(delivery):
                say(f"Arrival {delivery.arrival}: {note}", "yellow")


def _notes(delivery) -> list[str]:
    """What is rare about a delivery: a line, not a column."""
    withdrawn = "withdrawn: " if delivery.state == "withdrawn" else ""
    notes = [f"{withdrawn}{delivery.reason}"] if delivery.reason else []
    for count, words in (
        (delivery.quarantined, "rows in quarantine"),
        (delivery.rejects, "lines that are no rows, kept as rejects"),
        (delivery.repeated, "repeats of it that were not landed again"),
    ):
        notes += [f"{words}: {count:,}."] if count else []
    notes += ["superseded whole by a later delivery."] if delivery.superseded else []
    return notes


@app.command()
def withdraw(
    delivery: Id,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the ledger, so without PHI.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Take a delivery out of history, as if it had never come; its file and its bronze rows stay."""
    from healthcare_elt.pipeline.withdraw import withdraw as withdraw_delivery

    if not reason.strip():
        raise typer.BadParameter("say in a few words why.", param_hint="--reason")
    with building():
        done = withdraw_delivery(_home(), delivery, reason.strip())
    _tell(done, as_json)


@app.command()
def restore(delivery: Id, as_json: AsJson = False) -> None:
    """Undo a withdrawal: the delivery takes its place in history again."""
    from healthcare_elt.pipeline.withdraw import restore as restore_delivery

    with building():
        done = restore_delivery(_home(), delivery)
    _tell(done, as_json)


def _tell(done, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    state = done.delivery
    is_withdrawn = state.state == "withdrawn"
    now = (
        ("is withdrawn" if is_withdrawn else "is restored")
        if done.changed
        else ("is withdrawn already" if is_withdrawn else "was not withdrawn")
    )
    if state.loaded_at:
        rows = f"its {state.rows:,} rows {'count nowhere' if is_withdrawn else 'count'}"
    else:
        rows = "it was never loaded" if is_withdrawn else f"it is {state.state}, and the next run looks at it"
    say(f"{state.system}.{state.table}: {state.name} for {state.delivery_date} {now}; {rows}.")


@app.command()
def verify(
    hashes: Annotated[bool, typer.Option("--hashes", help="Read every landing file and compare its SHA-256.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Write again what landing zone, load log and silver know better.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare ledger, load log and landing zone; exit 1 if they differ."""
    from healthcare_elt.pipeline.mend import differences, mend

    home = _home()
    if repair:
        mended = mend(home)
        if not as_json:
            _print_mended(mended)
    found = differences(home, hashes=hashes)
    if as_json:
        print_json(found)
    elif found:
        for difference in found:
            say(f"{difference.kind}: {difference.sentence}", "red")
    else:
        say(f"Ledger, load log and landing zone agree on {len(home.ledger.deliveries()):,} deliveries.")
    if found:
        raise typer.Exit(FAILED)


def _print_mended(mended) -> None:
    for name in mended.set_aside:
        say(f"Segment {name} was damaged and is kept as .{name}.damaged.", "yellow")
    say(f"{mended.events:,} events and {mended.records:,} arrival records written again.")


@app.command()
def export(
    to: Annotated[Path | None, typer.Option(help="Where; metadata/ledger.csv if left out.", show_default=False)] = None,
) -> None:
    """Write the ledger as a CSV file that a spreadsheet opens."""
    home = _home()
    path = to or home.settings.metadata / "ledger.csv"
    home.ledger.export_csv(path)
    say(f"Wrote {path}.")


@app.command()
def compact() -> None:
    """Merge the ledger's segments into one; safe to stop at any point."""
    home = _home()
    with home.lock():
        removed = home.ledger.compact()
    say(f"{removed:,} segments fewer.")


def _home():
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.settings import load_settings

    return Home(load_settings())
