"""What the ledger and the calendar tell of deliveries becomes incidents and summaries, and nothing of a person does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from alert_servers import Receiver
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.alerts.deliveries import delivery_sources
from healthcare_elt.alerts.incident import Incident, look
from healthcare_elt.alerts.policy_file import load_policy
from healthcare_elt.alerts.summary import last_hour
from healthcare_elt.alerts.turn import take_turn
from healthcare_elt.ledger import Event
from healthcare_elt.ledger.event import EventKind
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
DAY = date(2026, 1, 9)
PERSON = "Jane Q. Planted"
Tell = Callable[..., None]


@pytest.fixture
def made(home) -> Home:
    return home()


@pytest.fixture
def tell(made: Home) -> Iterator[Tell]:
    """`tell(event, arrival, **fields)`: the ledger hears of a delivery of patients for the day, an hour ago."""

    def append(event: EventKind, arrival: int = 1, **fields: object) -> None:
        usual: dict[str, object] = {
            "at": NOW - timedelta(hours=1), "delivery_id": f"{arrival:032x}", "system": "icon_health",
            "table": "patients", "delivery_date": DAY, "sha256": "0" * 64,
            "name": f"{PERSON}.csv", "bytes": 1, "modified_ns": arrival,
            "landing_key": f"raw/{PERSON}.csv", "reason": f"{PERSON} is no date", "run_id": str(arrival),
        }  # fmt: skip
        made.ledger.append([Event(event=event, arrival=arrival, **{**usual, **fields})])

    return append


def incidents(home: Home, now: datetime = NOW) -> dict[str, Incident]:
    seen = look(delivery_sources(home, 0.05, now), str)
    assert not seen.unknown
    return seen.found


REJECTED = f"delivery_rejected/icon_health.patients/{DAY}"
QUARANTINE = f"quarantine/icon_health.patients/{DAY}"


def test_a_rejected_delivery_is_an_incident_until_another_for_its_date_is_loaded(made: Home, tell: Tell) -> None:
    tell("rejected", 1)
    tell("rejected", 2, at=NOW)
    (incident,) = incidents(made).values()
    assert (incident.key, incident.severity) == (REJECTED, "error")
    assert (incident.since, incident.latest) == (NOW - timedelta(hours=1), NOW)
    assert incident.deliveries == tuple(f"icon_health.patients {DAY} (00000000)" for _ in range(2))
    assert incident.link == "/runs/2"
    tell("landed", 3)
    assert REJECTED in incidents(made)
    tell("loaded", 3, rows=10)
    assert not incidents(made)


def test_a_rejected_delivery_that_is_withdrawn_or_old_is_no_incident(made: Home, tell: Tell) -> None:
    tell("rejected", 1)
    assert not incidents(made, NOW + timedelta(days=8))
    tell("withdrawn", 1, at=NOW)
    assert not incidents(made)


def test_a_delivery_with_too_much_in_quarantine_is_an_incident_until_its_rows_come_back(made: Home, tell: Tell) -> None:
    tell("loaded", 1, rows=100)
    tell("quarantined", 1, rows=5, run_id="one")
    assert not incidents(made), "the share may be reached"
    tell("quarantined", 1, rows=6, run_id="two", at=NOW - timedelta(minutes=5))
    (incident,) = incidents(made).values()
    assert (incident.key, incident.severity) == (QUARANTINE, "warning")
    assert incident.what == f"6 of 100 rows of icon_health.patients for {DAY} are in quarantine, more than 5.0%."
    assert incident.next == "healthcare-elt quarantine list icon_health.patients"
    tell("quarantined", 1, rows=0, run_id="three", at=NOW)
    assert not incidents(made)


def test_a_delivery_that_another_replaced_is_not_judged_by_its_quarantine(made: Home, tell: Tell) -> None:
    tell("loaded", 1, rows=10)
    tell("quarantined", 1, rows=10)
    assert QUARANTINE in incidents(made)
    tell("superseded", 1, rows=10)
    assert not incidents(made)


def test_a_late_delivery_is_an_incident_that_names_what_is_missing(made: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = made.settings.inbox / "icon_health"
    inbox.mkdir(parents=True)
    (inbox / f"patients_{DAY}.csv").write_text("patient_id,gender,birth_date\nP1,F,1980-01-01\n")
    land_deliveries(made, run_id="first")
    due = made.systems[0].model_copy(update={"due": time(6), "ready_when": ("patients", "providers")})
    monkeypatch.setitem(made.__dict__, "systems", (due,))
    found = incidents(made)
    assert set(found) == {f"delivery_late/icon_health/{DAY + timedelta(days=1)}"}
    (incident,) = found.values()
    assert incident.what == "icon_health is late for 2026-01-10: patients, providers are missing."
    assert incident.since == datetime(2026, 1, 10, 6, 0, tzinfo=UTC)


def test_an_inbox_that_cannot_be_read_is_an_incident_until_it_can(made: Home) -> None:
    made.settings.inbox.parent.mkdir(parents=True, exist_ok=True)
    made.settings.inbox.write_text("a file in the place of the folder")
    (incident,) = incidents(made).values()
    assert (incident.event, incident.severity) == ("inbox_unreadable", "error")
    assert str(made.settings.home) not in incident.model_dump_json()
    made.settings.inbox.unlink()
    assert not incidents(made)


def take(home: Home, now: datetime) -> None:
    policy = load_policy(home.settings)
    assert policy
    take_turn(home, policy, delivery_sources(home, policy.quarantine_share, now), lambda *_: (4, 1), now)


def test_the_summary_comes_once_a_day_and_once_after_a_pause(
    made: Home, tell: Tell, hook: Receiver, write_policy
) -> None:
    def summaries() -> list[list[str]]:
        return [note["lines"] for note in hook.notes if note["kind"] == "summary"]

    write_policy(made, {"hook": hook.url}, daily_summary_hour=7)
    take(made, NOW)
    assert not summaries(), "nobody asked for the day before the policy"
    tell("landed", 1, at=NOW + timedelta(hours=1))
    tell("loaded", 1, at=NOW + timedelta(hours=1), rows=1000)
    tell("quarantined", 1, at=NOW + timedelta(hours=1), rows=40, run_id="one")
    tell("quarantined", 1, at=NOW + timedelta(hours=2), rows=30, run_id="two")
    tell("rejected", 2, at=NOW + timedelta(hours=2))
    tell("landed", 3, at=NOW + timedelta(hours=19, minutes=30))
    take(made, NOW + timedelta(hours=18))
    assert not summaries()
    for minutes in (0, 1, 60):
        take(made, NOW + timedelta(hours=19, minutes=minutes))
    assert summaries() == [
        [
            "Summary from 2026-01-10 07:00 to 2026-01-11 07:00 UTC",
            "Deliveries: 1 landed, 1 rejected.",
            "Rows: 1,000 loaded; 30 in quarantine, of 1 deliveries.",
            "Runs: 4 succeeded, 1 failed.",
            "Not over: 1 incidents, of them 0 late deliveries.",
            f"- A delivery of icon_health.patients for {DAY} was rejected, and no other took its place.",
        ]
    ]
    take(made, NOW + timedelta(days=4))
    take(made, NOW + timedelta(days=4, minutes=1))
    assert [lines[0] for lines in summaries()][1:] == ["Summary from 2026-01-11 07:00 to 2026-01-14 07:00 UTC"]


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_the_last_hour_is_past_and_never_more_than_a_day_and_a_shift_of_clocks_ago(
    now: datetime, hour: int, zone: str
) -> None:
    moment, found = now.replace(tzinfo=UTC), last_hour(hour, ZoneInfo(zone), now.replace(tzinfo=UTC))
    assert timedelta(0) <= moment - found <= timedelta(hours=25, minutes=30)


def test_nothing_of_a_person_reaches_a_message_or_the_book(
    made: Home, tell: Tell, hook: Receiver, write_policy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    inbox = made.settings.inbox / "icon_health"
    inbox.mkdir(parents=True)
    (inbox / f"patients_2026-01-08_{PERSON}.csv").write_text(f"patient_id,{PERSON}\nP1,F\n")
    (inbox / f"patients_2026-01-07_{PERSON}.csv").write_bytes(b"\x00\x01" + PERSON.encode())
    land_deliveries(made, run_id="first")
    assert any(PERSON in (state.reason or "") for state in made.ledger.rejected()), "the ledger names the file"
    now = datetime.now(UTC)
    tell("rejected", 90, at=now)
    tell("loaded", 91, rows=10, at=now, delivery_date=date(2026, 1, 6))
    tell("quarantined", 91, rows=9, at=now, delivery_date=date(2026, 1, 6))
    write_policy(made, {"hook": hook.url})
    take(made, now)
    assert len(hook.notes) >= 3
    for place in (json.dumps(hook.taken), made.settings.alerts_book.read_text(), caplog.text):
        assert PERSON not in place
        assert PERSON.split()[-1] not in place
