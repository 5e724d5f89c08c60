"""How the state of a home looks to a person."""

from __future__ import annotations

from healthcare_elt.cli.display import console, print_records, print_table
from healthcare_elt.pipeline.summary import Summary

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
    print_table(
        "Source tables",
        ["table", "deliveries", "rejected", "repeated", "rows", "rejects", "versions", "repeats", "superseded", "quarantined"],
        [
            [
                t.table, t.deliveries, t.rejected, t.repeated, t.rows, t.rejects, t.classes["version"],
                t.classes["repeat"], t.classes["superseded"], t.classes["quarantined"],
            ]
            for t in summary.tables
        ],
    )  # fmt: skip
    print_table(
        "Quarantine",
        ["table", "what", "reason", "count"],
        [[q["table"], q["kind"], reason_in_words(str(q["reason"])), q["count"]] for q in summary.quarantine],
    )
    print_table(
        "Rejected deliveries",
        ["table", "file", "reason"],
        [[r["table"], r["file"], r["reason"]] for r in summary.rejected],
    )
    print_records("Waiting in the inbox", summary.waiting)
    print_records("Dimensions", summary.dimensions)
    print_records("Best-ranked providers", summary.best_providers)
    if outcome is not None:
        _print_outcome(outcome)
    _print_next(home, summary, outcome)


def _print_outcome(outcome) -> None:
    checks = f"Checks: {outcome.checks_passed} passed"
    for count, words in ((len(outcome.checks_warned), "warned"), (len(outcome.checks_failed), "failed")):
        checks += f", {count} {words}" if count else ""
    console.print(checks + ".")
    for name in [*outcome.checks_failed, *outcome.checks_warned]:
        console.print(f"  [yellow]{name}[/yellow]")
    for sentence in outcome.failures:
        console.print(f"[red]{sentence}[/red]")


def _print_next(home, summary: Summary, outcome) -> None:
    for name in summary.unmatched:
        console.print(
            f"[yellow]{name} matches no contract and stays in the inbox; rename it or add a contract.[/yellow]"
        )
    if summary.quarantine or summary.rejected:
        console.print("[yellow]Some rows or deliveries need a look; everything else went on.[/yellow]")
    console.print("Next:")
    if summary.quarantine:
        console.print("  healthcare-elt quarantine list      what broke which rule")
    if summary.rejected:
        console.print("  healthcare-elt ledger show          what became of every delivery")
    if not any(table.deliveries for table in summary.tables):
        console.print(f"  put deliveries into {home.settings.inbox}/icon_health/ or run `healthcare-elt sample`")
    console.print("  make dev                            lineage, checks and runs in the browser")
