"""What a home holds, counted: for `status`, for the end of a run, and for tests.

Here belongs reading the ledger and the warehouse into numbers. How they look is in `cli`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from healthcare_elt.landing import Discovery
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.ledger import DeliveryState
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.inbox_news import InboxNews, inbox_news
from healthcare_elt.pipeline.land import look
from healthcare_elt.pipeline.watch import broken_messages
from healthcare_elt.warehouse import Warehouse

CLASSES = ("version", "repeat", "superseded", "quarantined", "tombstone")
DIMENSIONS = {
    "dim_patient": "patient_id",
    "dim_provider": "provider_id",
    "dim_organization": "organization_id",
    "dim_payer": "payer_id",
    "dim_employer": "employer_id",
    "dim_procedure": "cpt",
}
"""Each dimension's natural key; the unknown member has none, and is nobody to count."""


@dataclass
class TableSummary:
    """Counts of one source table."""

    table: str
    deliveries: int = 0
    loaded: int = 0
    rejected: int = 0
    repeated: int = 0
    withdrawn: int = 0
    rows: int = 0
    """Of the deliveries that count, as all below."""
    rejects: int = 0
    undeleting: int = 0
    """Full deliveries that delete nothing, since some of their lines are no rows."""
    classes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    """Rows in silver; empty if they were not counted."""


@dataclass
class Summary:
    """Counts of a whole home; the warehouse's part is empty before the first run."""

    tables: list[TableSummary]
    waiting: list[dict[str, str]]
    """Files in the inbox that cannot be taken, with the reason."""
    unmatched: list[str]
    """Files in the inbox that match no contract."""
    inbox_problems: list[str]
    """What is wrong with the inbox itself, or with its queue, a sentence each."""
    inbox: InboxNews
    rejected: list[dict[str, str]]
    quarantine: list[dict[str, object]] = field(default_factory=list)
    dimensions: list[dict[str, object]] = field(default_factory=list)
    best_providers: list[dict[str, object]] = field(default_factory=list)
    transformed: bool = False


def summarize(home: Home, *, warehouse_too: bool = True) -> Summary:
    """Read everything; write nothing.

    Args:
        warehouse_too: False leaves out what has to be counted in the warehouse.
    """
    states = home.ledger.deliveries()
    tables = {contract.name: TableSummary(contract.name) for contract in home.contracts}
    careful = {c.name for c in home.contracts if c.delivers == "full" and not c.delete_despite_rejects}
    for state in states:
        table = tables.setdefault(f"{state.system}.{state.table}", TableSummary(f"{state.system}.{state.table}"))
        table.deliveries += 1
        table.loaded += state.state == "loaded"
        table.rejected += state.state == "rejected"
        table.repeated += state.repeated
        table.withdrawn += state.state == "withdrawn"
        if state.state != "withdrawn":
            table.rows += state.rows or 0
            table.rejects += state.rejects or 0
            table.undeleting += bool(state.rejects) and table.table in careful
    discovery, inbox_problems, inbox = _look(home, states)
    summary = Summary(
        tables=list(tables.values()),
        waiting=[{"file": f"{w.system}/{w.name}", "reason": w.reason} for w in discovery.problems],
        unmatched=list(discovery.unmatched),
        inbox_problems=inbox_problems,
        inbox=inbox,
        rejected=[
            {"delivery": s.delivery_id, "table": f"{s.system}.{s.table}", "file": s.name, "reason": s.reason or ""}
            for s in states
            if s.state == "rejected"
        ],
    )
    if not warehouse_too:
        for table in summary.tables:
            table.classes = {}
        return summary
    with home.warehouse_if_there() as warehouse:
        if warehouse:
            _add_warehouse(home, warehouse, summary)
    return summary


def _look(home: Home, states: Collection[DeliveryState]) -> tuple[Discovery, list[str], InboxNews]:
    """What lies in the inbox, what is wrong with it and its queue, and what it comes to."""
    told = []
    if broken := broken_messages(home.settings):
        told.append(
            f"{broken.count:,} messages of the inbox's queue were no notification of S3, "
            f"the last at {broken.last} UTC; see who else writes into that queue."
        )
    try:
        found = look(home)
        return found, told, inbox_news(home, found, states, datetime.now(home.settings.tz))
    except UnreadableInbox as error:
        return Discovery((), ()), [*told, str(error)], InboxNews()


def _add_warehouse(home: Home, warehouse: Warehouse, summary: Summary) -> None:
    present = warehouse.columns()
    for contract, table in zip(home.contracts, summary.tables, strict=False):
        if f"silver.{contract.relation}_rows" in present:
            sql = f"select _class, count(*) as n from silver.{contract.relation}_rows group by _class"
            table.classes |= {row["_class"]: row["n"] for row in warehouse.rows(sql)}
        if f"quarantine.{contract.relation}" in present:
            summary.quarantine += quarantine_reasons(warehouse, contract.name, contract.relation)
    for name, natural_key in DIMENSIONS.items():
        if f"gold.{name}" in present:
            sql = (
                "select count(*) as versions, count(case when is_current then 1 end) as current_members, "
                f"count(case when is_inferred then 1 end) as inferred from gold.{name} where {natural_key} is not null"
            )
            summary.dimensions.append({"dimension": name} | warehouse.rows(sql)[0])
    if "curated.provider_performance" in present:
        summary.best_providers = warehouse.rows(
            "select distinct provider_rank, npi, provider_name, provider_procedures, provider_adverse_events, "
            "provider_adverse_event_rate, provider_mean_paid from curated.provider_performance "
            "where provider_rank <= 3 order by provider_rank"
        )
    summary.transformed = bool(summary.dimensions)


def quarantine_reasons(warehouse: Warehouse, table: str, relation: str) -> list[dict[str, object]]:
    """Rows and elements in quarantine per reason; a row with two reasons counts under both."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in warehouse.rows(f"select kind, reasons, count(*) as n from quarantine.{relation} group by kind, reasons"):
        for reason in row["reasons"].split(","):
            counts[row["kind"], reason] += row["n"]
    return [
        {"table": table, "kind": kind, "reason": reason, "count": count}
        for (kind, reason), count in sorted(counts.items())
    ]
