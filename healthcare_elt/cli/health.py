"""`healthcare-elt health`: how good the deliveries are, without running anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, print_json, print_table, say

Table = Annotated[
    str | None, typer.Argument(help="Source table, such as icon_health.patients; the latest date of all if left out.")
]


def health(table: Table = None, as_json: AsJson = False) -> None:
    """Show score, drift, expectations, schema changes and affected marts; writes nothing."""
    from healthcare_elt.pipeline.health import health_of, latest
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.pipeline.profile import profile_of
    from healthcare_elt.pipeline.quarantine import contracts_named
    from healthcare_elt.pipeline.rejections import standing_rejections
    from healthcare_elt.settings import load_settings

    home = Home(load_settings())
    tables = {contract.name for contract in contracts_named(home, table)}
    found = health_of(home, tables)
    if as_json:
        print_json(found if table else latest(found))
        return
    rejected = _rejected(standing_rejections(home.ledger), tables)
    if table and found:
        _print_days(found)
        _print_profile(profile_of(home, found[-1].deliveries[-1]))
    elif found:
        _print_days(latest(found))
        say("One table with all its dates: healthcare-elt health TABLE")
    elif not rejected:
        say("Nothing is known of any delivery yet; run `healthcare-elt run`.")
    if rejected:
        why = f"healthcare-elt ledger show {f'{table} ' if table else ''}--state rejected"
        say(f"Rejected deliveries, which have no score: {rejected}; `{why}` tells why.", "yellow")


def _rejected(standing: list, tables: Collection[str]) -> str:
    """How many of which tables; nothing if there are none."""
    counts = Counter(name for each in standing if (name := f"{each.system}.{each.table}") in tables)
    return ", ".join(f"{count:,} of {name}" for name, count in sorted(counts.items()))


def _print_days(found: list) -> None:
    print_table(
        "Health",
        ["table", "date", "score", "rows", "drift", "held", "schema"],
        [
            [
                each.table,
                each.delivery_date,
                f"{each.score:.3f}",
                each.bronze_rows,
                sum(drift.has_drifted for drift in each.drift),
                f"{sum(e.has_held for e in each.expectations)} of {len(each.expectations)}",
                len(each.schema_changes),
            ]
            for each in found
        ],
    )
    print_table(
        "Drift",
        ["table", "date", "delivery", "column", "measure", "score", "threshold", "of"],
        [
            [each.table, each.delivery_date, d.delivery_id, d.column, d.measure, d.score, d.threshold, d.compared]
            for each in found
            for d in each.drift
            if d.has_drifted
        ],
    )
    print_table(
        "Expectations that do not hold",
        ["table", "date", "delivery", "expectation", "columns", "observed"],
        [
            [each.table, each.delivery_date, e.delivery_id, e.expectation, e.columns, e.observed]
            for each in found
            for e in each.expectations
            if not e.has_held
        ],
    )
    print_table(
        "Schema changes",
        ["table", "date", "delivery", "change"],
        [
            [each.table, each.delivery_date, change.delivery_id, change.sentence]
            for each in found
            for change in each.schema_changes
        ],
    )
    print_table(
        "Marts that rest on a table with a score below 1",
        ["table", "marts"],
        {each.table: [each.table, ", ".join(each.marts)] for each in found if each.score < 1 and each.marts}.values(),
    )


def _print_profile(columns: list) -> None:
    print_table(
        "The last delivery (distinct is an estimate, quartiles to within 5 %)",
        ["column", "nulls", "distinct", "min", "quartiles", "max"],
        [
            [
                each.column,
                each.nulls,
                each.distinct,
                each.minimum,
                " ".join(f"{number:,.4g}" for number in each.quartiles or ()),
                each.maximum,
            ]
            for each in columns
        ],
    )
