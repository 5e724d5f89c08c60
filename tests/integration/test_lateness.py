"""What is late at a moment: a function of what was delivered, and of nothing that ran."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from healthcare_elt.contracts import SourceSystem
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.lateness import late_deliveries
from healthcare_elt.pipeline.withdraw import withdraw

TABLES = ("adverse_events", "patients", "referrals")
HEADERS = {"patients": "patient_id,gender,birth_date", "referrals": "referral_id"}
EVENING = datetime(2026, 1, 3, 20, tzinfo=UTC)


def due_at_six(home: Home, **rules: object) -> Home:
    vars(home)["systems"] = (SourceSystem(name="icon_health", tables=TABLES, **{"due": "06:00", **rules}),)
    return home


def deliver(home: Home, table: str, day: int, rows: str = "P1,F,1980-01-01\n") -> None:
    file = home.settings.inbox / "icon_health" / f"{table}_2026-01-{day:02}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{HEADERS[table]}\n{rows}")


def told(home: Home, now: datetime) -> list[tuple[int, tuple[str, ...]]]:
    return [(late.delivery_date.day, late.missing) for late in late_deliveries(home, now)]


def test_what_is_missing_is_named_from_its_hour_on(home) -> None:
    made = due_at_six(home(), ready_when=["patients", "referrals"])
    deliver(made, "patients", 1)
    deliver(made, "patients", 2)
    second = datetime(2026, 1, 2, 6, tzinfo=UTC)
    assert told(made, second - timedelta(seconds=1)) == []
    assert told(made, second) == [(2, ("referrals",))]
    (late,) = late_deliveries(made, second)
    assert (late.system, late.delivery_date, late.due) == ("icon_health", date(2026, 1, 2), second)
    assert told(made, EVENING) == [(2, ("referrals",)), (3, ("patients", "referrals"))]


def test_days_before_the_first_delivery_and_systems_without_an_hour_are_never_late(home) -> None:
    made = due_at_six(home(), ready_when=["patients"])
    assert told(made, EVENING) == []
    deliver(made, "patients", 3)
    assert told(made, EVENING) == []
    assert told(made, EVENING + timedelta(days=1)) == [(4, ("patients",))]
    del vars(made)["systems"]
    assert told(made, EVENING + timedelta(days=1)) == []


def test_a_feed_that_pauses_at_weekends_is_not_late_at_weekends(home) -> None:
    working_days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    made = due_at_six(home(), ready_when=["patients"], due_on=working_days)
    deliver(made, "patients", 1)
    monday = datetime(2026, 1, 5, 20, tzinfo=UTC)
    assert told(made, monday) == [(2, ("patients",)), (5, ("patients",))]


def test_a_complete_date_ends_what_was_late_before_it_and_a_feed_that_ended_is_told_of_for_a_week(home) -> None:
    made = due_at_six(home(), ready_when=["patients"])
    for day in (1, 4):
        deliver(made, "patients", day)
    assert told(made, datetime(2026, 1, 5, tzinfo=UTC)) == []
    long_after = told(made, datetime(2026, 1, 31, 12, tzinfo=UTC))
    assert [day for day, _ in long_after] == list(range(24, 32))


def test_a_rejected_or_withdrawn_delivery_is_missing_until_a_right_one_comes(home) -> None:
    made = due_at_six(home(), ready_when=["patients"])
    deliver(made, "patients", 1)
    deliver(made, "patients", 2)
    (made.settings.inbox / "icon_health" / "patients_2026-01-03.csv").write_text("gender\nF\n")
    assert told(made, EVENING) == []
    land_deliveries(made, run_id="run")
    assert told(made, EVENING) == [(3, ("patients",))]
    withdraw(made, made.ledger.deliveries()[1].delivery_id, "wrong file")
    assert told(made, EVENING) == [(2, ("patients",)), (3, ("patients",))]
    deliver(made, "patients", 3)
    assert told(made, EVENING) == []


@pytest.mark.parametrize(("month", "day", "hour"), [(3, 29, 4), (6, 1, 4), (10, 25, 5), (12, 1, 5)])
def test_the_hour_is_that_of_the_time_zone_summer_and_winter(home, month: int, day: int, hour: int) -> None:
    made = due_at_six(home(timezone="Europe/Berlin"), ready_when=["patients"])
    file = made.settings.inbox / "icon_health" / "patients_2026-02-01.csv"
    file.parent.mkdir(parents=True)
    file.write_text("patient_id,gender,birth_date\nP1,F,1980-01-01\n")
    due = datetime(2026, month, day, hour, tzinfo=UTC)
    assert late_deliveries(made, due)[-1].delivery_date == date(2026, month, day)
    assert late_deliveries(made, due)[-1].due == due
    before = late_deliveries(made, due - timedelta(seconds=1))
    assert before[-1].delivery_date == date(2026, month, day) - timedelta(days=1)
    assert made.systems[0].due == time(6)
