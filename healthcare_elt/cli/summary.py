"""How the state of a home looks to a person."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from healthcare_elt.cli.display import Block, Sentence, Table, show, table
from healthcare_elt.cli.examples import example_of

if TYPE_CHECKING:
    from healthcare_elt.contracts import Contract
    from healthcare_elt.pipeline.inbox_news import HeldBack
    from healthcare_elt.pipeline.lateness import LateDelivery
    from healthcare_elt.pipeline.summary import Summary, TableSummary

MOST_LINES = 20
"""Of a list; of more, it is said how many are left out."""

RULES = {
    "required": "is blank",
    "type": "is not of its type",
    "allowed": "is not an allowed value",
    "min": "is below the minimum",
    "max": "is above the maximum",
    "pattern": "does not match its pattern",
    "format": "breaks its format",
}


def reason_in_words(reason: str, contract: Contract) -> str:
    """`npi.format` as people say it; of a type with its name and an example.

    The contract may have changed since the row was judged: the column is gone, or takes any text.
    """
    name, _, rule = reason.rpartition(".")
    words = f"{name} {RULES.get(rule, rule)}"
    typed = [each for each in contract.columns if each.name == name and each.data_type != "varchar"]
    return f"{words} {typed[0].data_type}, such as {example_of(typed[0])}" if typed and rule == "type" else words


def as_typed() -> str:
    """The command as a user types it here: by its path below this folder, or by its name."""
    path = Path(sys.argv[0]).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else path.name


def print_summary(home, summary: Summary, outcome=None) -> None:
    for block in in_words(home, summary, outcome):
        show(block)


def in_words(home, summary: Summary, outcome=None) -> Iterator[Block]:
    """Deliveries, quarantine, dimensions, checks, best providers and what to do next."""
    delivered = [each for each in summary.tables if each.deliveries or each.repeated]
    for system, tables in groupby(delivered, key=lambda each: each.table.partition(".")[0]):
        yield _tables(system, list(tables))
    yield from _files(home, summary)
    contracts = {contract.name: contract for contract in home.contracts}
    yield table(
        "Quarantine",
        ["table", "reason", "rows", "elements"],
        [
            [name := str(q["table"]), reason_in_words(str(q["reason"]), contracts[name]), *rows_and_elements(q)]
            for q in summary.quarantine
        ],
    )
    yield table(
        "Dimensions",
        ["dimension", "versions", "current", "inferred"],
        [
            [d["dimension"], d["versions"], d["current_members"], d["inferred"]]
            for d in summary.dimensions
            if d["versions"]
        ],
    )
    yield table(
        "Best-ranked providers",
        ["npi", "provider", "procedures", "adverse", "shrunk rate", "mean paid"],
        [_provider(provider) for provider in summary.best_providers],
    )
    yield Sentence("")
    if outcome is not None:
        yield from _of_outcome(outcome)
    yield from _next(home, summary, outcome)


def rows_and_elements(reason: dict[str, object]) -> list[object]:
    """The count, in the first place for rows and in the second for elements of a list."""
    return [reason["count"] if reason["kind"] == kind else None for kind in ("row", "element")]


def _tables(system: str, tables: list[TableSummary]) -> Table:
    return table(
        system,
        ["table", "deliveries", "rows", "versions", "repeats", "superseded", "quarantined"],
        [
            [
                _table(t.table), t.deliveries, t.rows,
                *(t.classes.get(each) for each in ("version", "repeat", "superseded", "quarantined")),
            ]
            for t in tables
        ],
    )  # fmt: skip


def _files(home, summary: Summary) -> Iterator[Block]:
    """What is rare is a line, not a column of zeros."""
    from healthcare_elt.landing import why_unmatched  # an answer that stands is told without

    for each in summary.tables:
        if each.repeated:
            yield Sentence(f"{each.table}: repeated deliveries that were not landed again: {each.repeated:,}.")
        if each.withdrawn:
            yield Sentence(f"{each.table}: withdrawn deliveries, which count nowhere: {each.withdrawn:,}.")
        if each.rejects:
            yield Sentence(f"{each.table}: lines that are no rows, kept as rejects: {each.rejects:,}.", "yellow")
        if each.undeleting:
            words = "full deliveries that delete nothing, since some of their lines are no rows"
            yield Sentence(f"{each.table}: {words}: {each.undeleting:,}.", "yellow")
    for rejected in summary.rejected:
        yield Sentence(f"Rejected: {rejected['reason']}", "yellow")
    for sentence in summary.inbox_problems:
        yield Sentence(sentence, "yellow")
    waiting = [f"{file['file']} {file['reason']}" for file in summary.waiting]
    unmatched = [f"{name} {why_unmatched(name, home.contracts)}" for name in summary.unmatched]
    yield from _list("Files that stay in the inbox", [*waiting, *unmatched])
    yield from _list("Late", [_late(each) for each in summary.inbox.late])
    yield from _list("Held back by the sensor", [_held_back(each) for each in summary.inbox.held_back])


def _list(title: str, lines: list[str]) -> Iterator[Block]:
    """A line each, the first of them only if there are many."""
    if lines:
        yield Sentence(f"{title} ({len(lines):,}):", "yellow")
    for line in lines[:MOST_LINES]:
        yield Sentence(line, "yellow", indent=2)
    if (left := len(lines) - MOST_LINES) > 0:
        yield Sentence(f"and {left:,} more; `{as_typed()} status --json` lists all", "yellow", indent=2)


def _late(late: LateDelivery) -> str:
    return f"{late.system} of {late.delivery_date}, due {late.due:%Y-%m-%d %H:%M %Z}: {', '.join(late.missing)}"


def _held_back(held: HeldBack) -> str:
    deliveries = "1 delivery waits" if held.deliveries == 1 else f"{held.deliveries:,} deliveries wait"
    return f"{held.system} of {held.delivery_date}: {deliveries} for {held.waits_for}; `{as_typed()} run` does not wait"


def _of_outcome(outcome) -> Iterator[Block]:
    if outcome.checks_passed or outcome.checks_warned or outcome.checks_failed:
        counts = [(outcome.checks_passed, "passed"), (len(outcome.checks_warned), "warned")]
        counts += [(len(outcome.checks_failed), "failed")]
        yield Sentence(f"Checks: {', '.join(f'{count:,} {word}' for count, word in counts if count)}.")
    for name in outcome.checks_failed:
        yield Sentence(name, "red", indent=2)
    for name in outcome.checks_warned:
        yield Sentence(name, "yellow", indent=2)
    for sentence in outcome.failures:
        yield Sentence(f"Failed: {sentence}", "red")


def _next(home, summary: Summary, outcome) -> Iterator[Block]:
    if (summary.quarantine or summary.rejected) and (outcome is None or outcome.success):
        yield Sentence("Some rows or deliveries need a look; everything else went on.", "yellow")
    if summary.inbox.new_files or not any(each.deliveries for each in summary.tables):
        yield Sentence(first_step(home, summary))
    commands = [("make dev", "all of it in the browser")]
    if outcome is not None and any(map(_is_of_health, (*outcome.checks_failed, *outcome.checks_warned))):
        commands.insert(0, (f"{as_typed()} health TABLE", "what the checks of a table found"))
    if summary.rejected:
        commands.insert(0, (f"{as_typed()} ledger show", "what became of every delivery"))
    if summary.quarantine:
        commands.insert(0, (f"{as_typed()} quarantine list", "what broke which rule"))
    width = max(len(command) for command, _ in commands)
    yield Sentence("Next:")
    for command, words in commands:
        yield Sentence(f"{command:<{width}}  {words}", indent=2)


def _is_of_health(name: str) -> bool:
    from healthcare_elt.pipeline.health_verdicts import VERDICTS

    asset, _, check = name.partition(": ")
    return asset.startswith("bronze/") and check in VERDICTS


def first_step(home, summary: Summary) -> str:
    """What to do with what is new in the inbox; if nothing is, where to put it."""
    if count := summary.inbox.new_files:
        files = "1 file in the inbox is new" if count == 1 else f"{count:,} files in the inbox are new"
        return f"{files}; `{as_typed()} run` takes {'it' if count == 1 else 'them'}."
    inbox = home.settings.inbox_url or home.settings.inbox
    return f"Put deliveries into {inbox}/icon_health/ or run `{as_typed()} sample`."


def _table(name: str) -> str:
    return name.partition(".")[2]


def _provider(provider: dict[str, object]) -> list[object]:
    rate = f"{float(str(provider['provider_adverse_event_rate'])):.1%}"
    return [
        provider["npi"],
        provider["provider_name"] or "(not in the directory)",
        provider["provider_procedures"],
        provider["provider_adverse_events"],
        rate,
        provider["provider_mean_paid"],
    ]
