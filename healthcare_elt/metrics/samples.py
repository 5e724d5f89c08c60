"""The numbers and their names, the same for every monitoring system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import NamedTuple

from healthcare_elt.report.content import Report, Strip
from healthcare_elt.report.history import Run


class Sample(NamedTuple):
    """One number of one metric."""

    name: str
    """With its unit at the end, as Prometheus wants it."""
    help: str
    labels: dict[str, str]
    """The names of labels are the same in all samples of a metric."""
    value: float


def samples(report: Report) -> Iterator[Sample]:
    for strip in report.strips:
        yield from _of_table(strip)
    waiting = Counter(each.severity for each in report.attention)
    for severity in ("error", "warning"):
        help = "Things that somebody should look at."
        yield Sample("healthcare_elt_attention", help, {"severity": severity}, waiting[severity])
    if report.history.runs:
        yield from _of_run(report.history.runs[0], report)
    for step in report.history.steps:
        yield Sample(
            "healthcare_elt_step_seconds", "How long a step of the last build took.", {"step": step.name}, step.seconds
        )


def _of_table(strip: Strip) -> Iterator[Sample]:
    labels = {"table": strip.table}
    numbers = {
        "deliveries": ("Deliveries of all time.", strip.deliveries),
        "rejected_deliveries": ("Deliveries that are rejected, and in whose place nothing was loaded.", strip.rejected),
        "delivered_bytes": ("Bytes of all deliveries.", strip.bytes),
        "rows": ("Rows in bronze.", strip.rows),
        "quarantined_rows": ("Rows in quarantine.", strip.classes.get("quarantined", 0)),
        "rejects": ("Lines that are no rows.", strip.rejects),
    }
    for name, (help, value) in numbers.items():
        yield Sample(f"healthcare_elt_{name}", help, labels, value)
    if strip.days:
        moment = datetime.combine(strip.days[-1].day, time(), UTC).timestamp()
        yield Sample(
            "healthcare_elt_last_delivery_date_seconds", "The last delivery date, as Unix time.", labels, moment
        )


def _of_run(run: Run, report: Report) -> Iterator[Sample]:
    """The last run, which is the one that tells this, about to end."""
    started = run.started or report.written_at
    seconds = (report.written_at - started).total_seconds() if run.seconds is None else run.seconds
    failed = bool(run.failed_steps) or run.status == "failure"
    yield Sample(
        "healthcare_elt_run_started_seconds", "When the last run started, as Unix time.", {}, started.timestamp()
    )
    yield Sample("healthcare_elt_run_seconds", "How long the last run took.", {}, seconds)
    yield Sample("healthcare_elt_run_failed", "1 if a step of the last run failed.", {}, failed)
    for result in ("passed", "warned", "failed"):
        help = "Checks of the last run."
        yield Sample("healthcare_elt_run_checks", help, {"result": result}, run.count(result))
