"""How the state of a home looks to a person."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from healthcare_elt.cli.display import console, print_table, say
from healthcare_elt.pipeline.summary import Summary, TableSummary

RULES = {
    "required": "is blank",
    "type": "is not of its type",
    "allowed": "is not an allowed value",
    "min": "is below the minimum",
    "max": "is above the maximum",
    "pattern": "does not match its pattern",
    "format": "breaks its format",
}


def reason_in_words(reason: str) -> str:
    """`npi.format` as people say it."""
    column, _, rule = reason.rpartition(".")
    return f"{column} {RULES.get(rule, rule)}"


def print_summary(home, summary: Summary, outcome=None) -> None:
    """Deliveries, quarantine, dimensions, checks, best providers and what to do next."""
    for system, tables in groupby(summary.tables, key=lambda table: table.table.partition(".")[0]):
        _print_tables(system, list(tables))
    _print_files(summary)
    print_quarantine(summary.quarantine)
    print_table(
        "Dimensions",
        ["dimension", "versions", "current", "inferred"],
        [[d["dimension"], d["versions"], d["current_members"], d["inferred"]] for d in summary.dimensions],
    )
    print_table(
        "Best-ranked providers",
        ["rank", "npi", "provider", "procedures", "adverse", "rate", "mean paid"],
        [_provider(provider) for provider in summary.best_providers],
    )
    console.print()
    if outcome is not None:
        _print_outcome(outcome)
    _print_next(home, summary)


def print_quarantine(reasons: Iterable[dict[str, object]]) -> None:
    print_table(
        "Quarantine",
        ["table", "reason", "in words", "rows", "elements"],
        [
            [_table(str(q["table"])), q["reason"], reason_in_words(str(q["reason"])), *_by_kind(q)]
            for q in reasons
        ],
    )  # fmt: skip


def _print_tables(system: str, tables: list[TableSummary]) -> None:
    print_table(
        system,
        ["table", "deliveries", "rows", "versions", "repeats", "superseded", "quarantined"],
        [
            [
                _table(t.table), t.deliveries, t.rows, t.classes["version"], t.classes["repeat"],
                t.classes["superseded"], t.classes["quarantined"],
            ]
            for t in tables
        ],
    )  # fmt: skip


def _print_files(summary: Summary) -> None:
    """What is rare is a line, not a column of zeros."""
    for table in summary.tables:
        if table.repeated:
            say(f"{table.table}: {table.repeated:,} times the same bytes again, not landed twice.")
        if table.rejects:
            say(f"{table.table}: {table.rejects:,} lines are no rows and are kept as rejects.", "yellow")
    for rejected in summary.rejected:
        say(f"Rejected: {rejected['reason']}", "yellow")
    for waiting in summary.waiting:
        say(f"Waiting in the inbox: {waiting['file']} {waiting['reason']}", "yellow")
    for name in summary.unmatched:
        say(f"{name} matches no contract and stays in the inbox; rename it or add a contract.", "yellow")


def _print_outcome(outcome) -> None:
    checks = f"Checks: {outcome.checks_passed:,} passed"
    for count, words in ((len(outcome.checks_warned), "warned"), (len(outcome.checks_failed), "failed")):
        checks += f", {count:,} {words}" if count else ""
    say(f"{checks}.")
    for name in outcome.checks_failed:
        say(name, "red", indent=2)
    for name in outcome.checks_warned:
        say(name, "yellow", indent=2)
    for sentence in outcome.failures:
        say(sentence, "red")


def _print_next(home, summary: Summary) -> None:
    if summary.quarantine or summary.rejected:
        say("Some rows or deliveries need a look; everything else went on.", "yellow")
    say("Next:")
    if summary.quarantine:
        say("healthcare-elt quarantine list      what broke which rule", indent=2)
    if summary.rejected:
        say("healthcare-elt ledger show          what became of every delivery", indent=2)
    if not any(table.deliveries for table in summary.tables):
        say(f"put deliveries into {home.settings.inbox}/icon_health/ or run `healthcare-elt sample`", indent=2)
    say("make dev                            lineage, checks and runs in the browser", indent=2)


def _table(name: str) -> str:
    return name.partition(".")[2]


def _by_kind(reason: dict[str, object]) -> list[object]:
    return [reason["count"] if reason["kind"] == kind else None for kind in ("row", "element")]


def _provider(provider: dict[str, object]) -> list[object]:
    rate = f"{float(str(provider['provider_adverse_event_rate'])):.1%}"
    return [
        provider["provider_rank"],
        provider["npi"],
        provider["provider_name"] or "(not in the directory)",
        provider["provider_procedures"],
        provider["provider_adverse_events"],
        rate,
        provider["provider_mean_paid"],
    ]
