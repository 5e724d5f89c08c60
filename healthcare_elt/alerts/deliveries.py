"""Incidents that inbox, ledger and calendar tell of: deliveries that cannot come, rejected, in quarantine, or late.

Here belongs finding them. Of a delivery its table, date and id are told: its file name and the reason of its rejection
may quote a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import groupby

from healthcare_elt.alerts.incident import WATCHED, Incident, Source
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.pipeline.home import Home

LETTERS_OF_ID = 8
"""As `healthcare-elt ledger show` prints it."""


def delivery_sources(home: Home, quarantine_share: float, now: datetime) -> list[Source]:
    """
    Args:
        quarantine_share: of a delivery's rows; more of them in quarantine are an incident.
    """
    return [
        Source(("delivery_rejected", "quarantine"), partial(_from_ledger, home, quarantine_share, now)),
        Source(("delivery_late",), partial(late, home, now)),
        Source(("inbox_unreadable",), partial(unreadable, home, now)),
    ]


def _from_ledger(home: Home, share: float, now: datetime) -> Iterator[Incident]:
    states = recent(home, now)
    yield from rejected(states)
    yield from quarantined(states, share)


def recent(home: Home, now: datetime) -> list[DeliveryState]:
    """All deliveries for a table and date of which one was rejected or had rows in quarantine lately."""
    brief = list(home.ledger.brief())
    concerned = {
        (each.system, each.table, each.delivery_date)
        for each in brief
        if each.event in ("rejected", "quarantined") and each.at > now - WATCHED
    }
    return home.ledger.deliveries(
        {each.delivery_id for each in brief if (each.system, each.table, each.delivery_date) in concerned}
    )


def rejected(states: Iterable[DeliveryState]) -> Iterator[Incident]:
    """One per table and date, until a later delivery for that date is loaded, or it is taken or withdrawn."""
    for (table, day), together in _by_table_and_date(states):
        last_loaded = max((state.arrival for state in together if state.state == "loaded"), default=-1)
        lost = [state for state in together if state.state == "rejected" and state.arrival > last_loaded]
        if moments := [state.rejected_at for state in lost if state.rejected_at]:
            yield Incident(
                key=f"delivery_rejected/{table}/{day}",
                event="delivery_rejected",
                severity="error",
                since=min(moments),
                latest=max(moments),
                what=f"A delivery of {table} for {day} was rejected, and no other took its place.",
                deliveries=tuple(map(_named, lost)),
                next="healthcare-elt ledger show",
                link=_run(lost[-1]),
            )


def quarantined(states: Iterable[DeliveryState], share: float) -> Iterator[Incident]:
    """One per table and date, until rows are replayed, or the delivery is replaced or withdrawn."""
    for (table, day), together in _by_table_and_date(states):
        bad = [state for state in together if _share(state) > share]
        if moments := [state.loaded_at for state in bad if state.loaded_at]:
            rows, held = sum(state.rows or 0 for state in bad), sum(state.quarantined or 0 for state in bad)
            yield Incident(
                key=f"quarantine/{table}/{day}",
                event="quarantine",
                severity="warning",
                since=min(moments),
                latest=max(moments),
                what=f"{held:,} of {rows:,} rows of {table} for {day} are in quarantine, more than {share:.1%}.",
                deliveries=tuple(map(_named, bad)),
                next=f"healthcare-elt quarantine list {table}",
                link=_run(bad[-1]),
            )


def late(home: Home, now: datetime) -> Iterator[Incident]:
    """One per source system and date of which a delivery is missing after its hour."""
    from healthcare_elt.pipeline.lateness import late_deliveries

    for each in late_deliveries(home, now):
        yield Incident(
            key=f"delivery_late/{each.system}/{each.delivery_date}",
            event="delivery_late",
            severity="warning",
            since=each.due,
            latest=each.due,
            what=f"{each.system} is late for {each.delivery_date}: {', '.join(each.missing)} "
            f"{'is' if len(each.missing) == 1 else 'are'} missing.",
            deliveries=tuple(f"{each.system}.{table} {each.delivery_date}" for table in each.missing),
            next="healthcare-elt status",
        )


def unreadable(home: Home, now: datetime) -> Iterator[Incident]:
    """While nothing of the inbox can be listed: then nothing is late either, since nobody knows what is there."""
    try:
        next(iter(home.inbox.entries([])), None)
    except UnreadableInbox:
        yield Incident(
            key="inbox_unreadable",
            event="inbox_unreadable",
            severity="error",
            since=now,
            latest=now,
            what="The inbox cannot be read, so no delivery comes in.",
            next="healthcare-elt doctor",
        )


def _by_table_and_date(states: Iterable[DeliveryState]) -> Iterator[tuple[tuple[str, str], list[DeliveryState]]]:
    def place(state: DeliveryState) -> tuple[str, str]:
        return f"{state.system}.{state.table}", state.delivery_date.isoformat()

    for where, together in groupby(sorted(states, key=place), key=place):
        yield where, list(together)


def _run(state: DeliveryState) -> str:
    """The page of the run that looked at it last."""
    return f"/runs/{state.run_id}" if state.run_id else ""


def _share(state: DeliveryState) -> float:
    counts = state.state == "loaded" and not state.superseded and state.rows
    return (state.quarantined or 0) / state.rows if counts and state.rows else 0.0


def _named(state: DeliveryState) -> str:
    return f"{state.system}.{state.table} {state.delivery_date} ({state.delivery_id[:LETTERS_OF_ID]})"
