"""The daily summary: what happened since the one before, in a few lines.

Here belongs when it is due and what it counts. Runs are counted in `defs`, which knows Dagster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo

from healthcare_elt.alerts.book import Book, Note
from healthcare_elt.alerts.changes import tell
from healthcare_elt.alerts.policy import Policy
from healthcare_elt.ledger.brief import BriefEvent
from healthcare_elt.pipeline.home import Home

CountRuns = Callable[[datetime, datetime], tuple[int, int]]
"""`count(first, last)`: runs that succeeded and runs that failed, by the moment of their end."""
MOST_NAMED = 20
"""Incidents of a summary; the rest is counted."""
LONGEST = timedelta(days=7)
"""After a longer pause the summary is of the last days only."""


def note_summary(book: Book, policy: Policy, home: Home, count_runs: CountRuns, now: datetime) -> None:
    """Let the summary wait for its channels, once for every day's hour, and once for all that were missed.

    The first one comes at the first hour after the policy was there, or after a clock that was ahead was set back.
    """
    due = last_hour(policy.daily_summary_hour, home.settings.tz, now)
    since = book.summarized_until
    if since is None or since > now:
        book.summarized_until = due
        return
    if due <= since:
        return
    if channels := policy.channels_of("daily_summary"):
        first = max(since, due - LONGEST)
        lines = (*_heading(first, due, home.settings.tz), *_counts(home.ledger.brief(), first, due))
        succeeded, failed = count_runs(first, due)
        lines = (*lines, f"Runs: {succeeded:,} succeeded, {failed:,} failed.", *_open(book))
        tell(book, channels, Note(kind="summary", at=now, lines=lines))
    book.summarized_until = due


def last_hour(hour: int, tz: tzinfo, now: datetime) -> datetime:
    """The last moment, not after `now`, at which the clocks of `tz` showed that hour."""
    today = now.astimezone(tz).date()
    todays, yesterdays = (
        datetime.combine(day, time(hour), tz).astimezone(UTC) for day in (today, today - timedelta(days=1))
    )
    return todays if todays <= now else yesterdays


def _heading(first: datetime, last: datetime, tz: tzinfo) -> tuple[str]:
    return (f"Summary from {first.astimezone(tz):%Y-%m-%d %H:%M} to {last.astimezone(tz):%Y-%m-%d %H:%M %Z}",)


def _counts(events: Iterable[BriefEvent], first: datetime, last: datetime) -> tuple[str, str]:
    """An event may be told twice, and of a delivery's rows in quarantine the last count is the right one."""
    within = {each for each in events if first < each.at <= last}
    of = {kind: [each for each in within if each.event == kind] for kind in ("landed", "rejected", "loaded")}
    held = {each.delivery_id: each.rows or 0 for each in sorted(within, key=_moment) if each.event == "quarantined"}
    rows = sum(each.rows or 0 for each in of["loaded"])
    return (
        f"Deliveries: {len(of['landed']):,} landed, {len(of['rejected']):,} rejected.",
        f"Rows: {rows:,} loaded; {sum(held.values()):,} in quarantine, of {len(held):,} deliveries.",
    )


def _moment(event: BriefEvent) -> datetime:
    return event.at


def _open(book: Book) -> tuple[str, ...]:
    """What lasts, worst first."""
    if not book.open:
        return ("Nothing is wrong.",)
    incidents = [known.incident for known in book.open.values()]
    late = sum(incident.event == "delivery_late" for incident in incidents)
    ordered = sorted(incidents, key=lambda incident: (incident.severity != "error", incident.key))
    return (
        f"Not over: {len(ordered):,} incidents, of them {late:,} late deliveries.",
        *(f"- {incident.what}" for incident in ordered[:MOST_NAMED]),
    )
