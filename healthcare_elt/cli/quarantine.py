"""`healthcare-elt quarantine`: rows that broke a rule, and their way back.

Quarantine is inside the PHI zone, and so is the terminal that shows a row of it: `list` prints counts only, `show`
prints values and says so.
"""

from __future__ import annotations

from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, building, print_blocks, print_json, print_table, say

app = typer.Typer(help="Rows that broke a rule: list them, show them, bring them back.", no_args_is_help=True)

Table = Annotated[str | None, typer.Argument(help="Source table, such as icon_health.patients; all if left out.")]


@app.command("list")
def list_(table: Table = None, as_json: AsJson = False) -> None:
    """Count rows and elements in quarantine by table and reason."""
    from healthcare_elt.cli.summary import reason_in_words, rows_and_elements
    from healthcare_elt.pipeline.quarantine import contracts_named, reasons

    home = _home()
    found = reasons(home, table)
    if as_json:
        print_json(found)
    elif found:
        for name in dict.fromkeys(str(q["table"]) for q in found):
            (contract,) = contracts_named(home, name)
            rows = [
                [q["reason"], reason_in_words(str(q["reason"]), contract), *rows_and_elements(q)]
                for q in found
                if q["table"] == name
            ]
            print_table(name, ["reason", "in words", "rows", "elements"], rows)
    else:
        say("Quarantine is empty.")


@app.command()
def show(
    table: Annotated[str, typer.Argument(help="Source table, such as icon_health.patients.")],
    reason: Annotated[str | None, typer.Option(help="Only this reason, such as npi.format.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows at the most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show rows in quarantine as they were delivered, with every reason. Prints PHI."""
    from healthcare_elt.pipeline.quarantine import contracts_named, rows

    home = _home()
    found = rows(home, table, reason, limit)
    if as_json:
        print_json(found)
    elif found:
        (contract,) = contracts_named(home, table)
        print_blocks(f"{table}: in quarantine (PHI)", [each | _in_words(each, contract) for each in found])
    else:
        say(f"{table} has no such row in quarantine.")


def _in_words(row: dict[str, object], contract) -> dict[str, str]:
    from healthcare_elt.cli.summary import reason_in_words

    return {"in words": "; ".join(reason_in_words(reason, contract) for reason in str(row["reasons"]).split(","))}


@app.command()
def replay(table: Table = None, as_json: AsJson = False) -> None:
    """Judge quarantined rows again by the contract as it is now; those that pass enter history at their own date."""
    from healthcare_elt.pipeline.quarantine import replay as replay_rows

    with building():
        outcome = replay_rows(_home(), table)
    if as_json:
        print_json(outcome)
    else:
        _tell(outcome.tables)


def _tell(tables) -> None:
    """Where something changed, by table; then rows, and elements of lists if there are any."""
    changed = [each for each in tables if each.left or each.entered]
    print_table(
        "Quarantine",
        ["table", "kind", "before", "left", "entered", "now"],
        [[each.table, each.kind, each.before, each.left, each.entered, each.after] for each in changed],
    )
    for kind, words in (("row", "Rows"), ("element", "Elements of lists")):
        mine = [each for each in tables if each.kind == kind]
        if mine or kind == "row":
            before, left = sum(each.before for each in mine), sum(each.left for each in mine)
            entered, after = sum(each.entered for each in mine), sum(each.after for each in mine)
            say(f"{words} in quarantine: {before:,} before, {left:,} left, {entered:,} entered, {after:,} now.")


def _home():
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.settings import load_settings

    return Home(load_settings())
