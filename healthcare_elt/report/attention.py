"""What needs attention first: everything in a home that somebody should look at, worst first.

Here belongs finding it and saying it without the name of a file, which may be that of a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from healthcare_elt.alerts.book import read_book
from healthcare_elt.alerts.deliveries import quarantined, recent
from healthcare_elt.alerts.incident import Incident, IncidentEvent
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.ledger import DeliveryState
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import look
from healthcare_elt.pipeline.lateness import late_deliveries
from healthcare_elt.report.content import MOST_LISTED, Attention, Severity
from healthcare_elt.report.history import History

THE_FILE = "the file"


INCIDENTS = {"quarantine": "quarantine", "channel_down": "alerts"}
"""Events of open incidents that the page does not tell of itself, and what it calls them."""


def attention(home: Home, history: History, rejected: list[DeliveryState], now: datetime) -> list[Attention]:
    """
    Args:
        now: aware; decides what is late.
    """
    of_home = *_of_inbox(home, now), *_incidents(home, now)
    found = [*_runs(history), *_checks(history), *_rejected(rejected), *of_home]
    return sorted(found, key=lambda each: each.severity)  # a stable sort: "error" before "warning"


def _runs(history: History) -> Iterator[Attention]:
    """Failed runs that no run has made good, and one that is about to fail.

    Whether the run that writes the page makes an earlier one good is known when it has ended.
    """
    under_way = [run for run in history.runs if run.status in ("starting", "started")]
    for run in under_way:
        if run.failed_steps:
            steps = ", ".join(run.failed_steps)
            yield Attention("error", "run failed", steps, f"Run {run.run_id[:8]}; running again finishes the work.")
    for incident in _of(history, "run_failed"):
        if all(run.failed_steps for run in under_way):
            text = f"{incident.what} Running again finishes the work."
            yield Attention("error", "run failed", _since(incident), text)
        else:
            text = f"{incident.what} A run was under way that may have finished the work; healthcare-elt report tells."
            yield Attention("warning", "run failed", _since(incident), text)


def _checks(history: History) -> Iterator[Attention]:
    """By the last verdict of each, whichever run it is of."""
    for incident in _of(history, "check_failed"):
        asset, _, check = incident.key.partition("/")[2].partition(":")
        what = "check failed" if incident.severity == "error" else "check warned"
        yield Attention(_severity(incident), what, asset, f"{check} {_since(incident)}")
    for incident in _of(history, "drift"):
        yield Attention(_severity(incident), "drift", _since(incident), f"{incident.what} {incident.next} tells more.")


def _of(history: History, event: IncidentEvent) -> list[Incident]:
    return [incident for incident in history.incidents if incident.event == event]


def _severity(incident: Incident) -> Severity:
    return "error" if incident.severity == "error" else "warning"


def _since(incident: Incident) -> str:
    return f"since {incident.since:%Y-%m-%d %H:%M %Z}"


def _rejected(rejected: list[DeliveryState]) -> Iterator[Attention]:
    """The last ones; of the others, how many."""
    for state in rejected[: -MOST_LISTED - 1 : -1]:
        where = f"{state.system}.{state.table} of {state.delivery_date}"
        yield Attention("error", "rejected delivery", where, f"{state.delivery_id}: {nameless_reason(state)}")
    if (left := len(rejected) - MOST_LISTED) > 0:
        yield Attention("error", "rejected deliveries", f"{left:,} more", "healthcare-elt ledger show --state rejected")


def nameless_reason(state: DeliveryState) -> str:
    """Why it was rejected, without its name; a sentence in which the name cannot be told is left out."""
    start = f"{state.system}.{state.table}: "
    reason = state.reason or ""
    for name in (state.name, PurePosixPath(state.name).name):
        if reason.startswith(f"{start}{name} "):
            rest = reason.removeprefix(f"{start}{name}")
            return f"{THE_FILE}{rest}"
    return "healthcare-elt ledger show says why."


def _of_inbox(home: Home, now: datetime) -> Iterator[Attention]:
    try:
        yield from [*_late(home, now), *_waiting(home)]
    except UnreadableInbox as error:
        yield Attention("error", "inbox", "", str(error))


def _late(home: Home, now: datetime) -> Iterator[Attention]:
    for late in late_deliveries(home, now):
        text = f"{', '.join(late.missing)}; due {late.due:%Y-%m-%d %H:%M %Z}."
        yield Attention("warning", "late delivery", f"{late.system} of {late.delivery_date}", text)


def _incidents(home: Home, now: datetime) -> Iterator[Attention]:
    """Open ones, as of the last look of the alerts; not those of rows that have left quarantine since."""
    found = [known.incident for known in read_book(home.settings).open.values() if known.incident.event in INCIDENTS]
    told = {incident.key for incident in found if incident.event == "quarantine"}
    over = told - {incident.key for incident in quarantined(recent(home, now), share=0.0)} if told else set()
    for incident in found:
        if incident.key not in over:
            yield Attention(_severity(incident), INCIDENTS[incident.event], _since(incident), incident.what)


def _waiting(home: Home) -> Iterator[Attention]:
    discovery = look(home)
    waiting = Counter((w.system, w.table) for w in discovery.problems)
    for (system, table), count in sorted(waiting.items(), key=str):
        where = f"{system}.{table}" if table else system
        yield Attention(
            "warning", "waiting in the inbox", where, f"{_files(count)} not taken; healthcare-elt status says why."
        )
    if discovery.unmatched:
        text = f"{_files(len(discovery.unmatched))} without a matching contract."
        yield Attention("warning", "waiting in the inbox", "", text)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"
