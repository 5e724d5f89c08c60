"""The report's content: nothing of a file's name, bounded whatever the history, and written when a run fails too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from delivered import a_delivery

from healthcare_elt.alerts.book import Book, OpenIncident, write_book
from healthcare_elt.alerts.incident import Incident
from healthcare_elt.defs import bronze
from healthcare_elt.defs.history import DURATION, read_history
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.ledger import Event
from healthcare_elt.orchestration import history_of, run_daily_elt
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.lateness import LateDelivery
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.profile import ColumnShares
from healthcare_elt.report import History, attention, gather, write_page
from healthcare_elt.report.content import MOST_LISTED
from healthcare_elt.report.pictures import drift

NOW = datetime(2026, 1, 10, 6, 0, tzinfo=UTC)
LAND_LOAD_REPORT = 'key:"landing/icon_health/*" or key:"bronze/icon_health/*" or key:"reports/report"'
HEADER = "patient_id,gender,birth_date\n"
PERSON = "Quirin Vogelsang"


def deliver(home: Home, name: str, text: str = f"{HEADER}P1,F,1980-01-01\n") -> None:
    file = home.settings.inbox / "icon_health" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def page_of(home: Home, folder: Path) -> str:
    path = folder / "page.html"
    write_page(gather(home, History(), NOW), path)
    return path.read_text()


def test_a_person_in_the_name_of_a_file_is_not_in_the_report(home, tmp_path: Path) -> None:
    made = home()
    deliver(made, f"patients {PERSON} 2026-01-02.csv")
    deliver(made, f"patients {PERSON} 2026-01-03.csv", "")
    deliver(made, f"{PERSON}/patients_2026-01-04.csv", "")
    deliver(made, f"patients {PERSON} 2999-01-01.csv")
    deliver(made, f"{PERSON}.csv")
    report = land_deliveries(made, run_id="a run")
    assert (len(report.landed), len(report.rejected), len(report.waiting), len(report.unmatched)) == (1, 2, 1, 1)
    page = page_of(made, tmp_path)
    for word in PERSON.split():
        assert word not in page
    for rejected in report.rejected:
        assert f"{rejected.delivery.delivery_id}: the file is empty" in page
    assert page.count("waiting in the inbox") == 2


def test_a_reason_in_which_the_name_cannot_be_told_is_left_out(home, tmp_path: Path) -> None:
    made = home()
    strange = a_delivery(1, system="icon_health", name="patients.csv")
    reason = f"{PERSON} sent something."
    made.ledger.append([Event.of("rejected", strange, NOW, reason=reason, run_id="a run")])
    page = page_of(made, tmp_path)
    assert PERSON not in page
    assert "healthcare-elt ledger show says why" in page


def test_a_rejected_delivery_needs_no_attention_once_a_later_one_took_its_place(home, tmp_path: Path) -> None:
    made = home()
    bad, good = (a_delivery(number, system="icon_health") for number in (1, 2))
    made.ledger.append([Event.of("rejected", bad, NOW, reason="It is empty.", run_id="a run")])
    assert "rejected delivery" in page_of(made, tmp_path)
    made.ledger.append([Event.of("loaded", good, NOW, rows=1, rejects=0, run_id="a run")])
    assert "rejected delivery" not in page_of(made, tmp_path)


def test_a_year_of_every_table_gives_a_page_that_opens_at_once_and_says_what_it_leaves_out(
    home, tmp_path: Path
) -> None:
    made = home()
    year = [date(2025, 1, 1) + timedelta(days=number) for number in range(365)]
    delivered = [
        a_delivery(1 + number * 24 + place, day=day, system=contract.system, table=contract.table)
        for number, day in enumerate(year)
        for place, contract in enumerate(made.contracts)
    ]
    assert len(delivered) == 365 * 24
    made.ledger.append([Event.of("landed", each, NOW, run_id="a run") for each in delivered])
    rejected = [Event.of("rejected", each, NOW, reason="It is empty.", run_id="a run") for each in delivered[:100]]
    made.ledger.append(rejected)
    page = page_of(made, tmp_path)
    assert len(page) < 500_000
    assert f"The last {MOST_LISTED} to arrive, of 8,760" in page
    assert f"{100 - MOST_LISTED} more" in page
    assert "icon_health: delivery dates 2025-10-01 to 2025-12-31" in page
    assert "synthea: delivery dates 2025-10-01 to 2025-12-31" in page


def test_a_file_of_today_leaves_the_strips_of_another_source_system_where_they_are(home) -> None:
    made = home()
    old = [a_delivery(day, day=date(2025, 1, day), system="synthea", table="patients") for day in (1, 2)]
    undated = a_delivery(3, day=date(2026, 1, 10), system="icon_health", table="patients")
    made.ledger.append([Event.of("landed", each, NOW, run_id="a run") for each in (*old, undated)])
    systems = {each.name: each for each in gather(made, History(), NOW).systems}
    assert [day.day for day in systems["synthea"].strips[0].days] == [date(2025, 1, 1), date(2025, 1, 2)]
    assert {name: each.last_day for name, each in systems.items()} == {
        "icon_health": date(2026, 1, 10),
        "synthea": date(2025, 1, 2),
    }


def test_a_home_without_any_delivery_has_a_report(home, tmp_path: Path) -> None:
    assert "Nothing was delivered yet" in page_of(home(), tmp_path)


def test_a_run_that_fails_still_writes_the_report_and_the_report_says_so(home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_, **__):
        raise ValueError(PERSON)

    made = home()
    deliver(made, "patients_2026-01-02.csv")
    monkeypatch.setattr(bronze, "load_deliveries", broken)
    outcome = run_daily_elt(made.settings, pending(made), select=LAND_LOAD_REPORT)
    assert not outcome.success
    written = made.settings.report.read_text()
    assert "run failed" in written
    assert "load_icon_health" in written
    assert PERSON not in written
    (run,) = history_of(made).runs
    assert (run.status, run.dates, run.failed_steps) == ("failure", "2026-01-02", ("load_icon_health",))


def test_a_step_takes_as_long_as_dagster_says(home) -> None:
    @dg.asset
    def built() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={DURATION: 1.0})

    @dg.asset(deps=[built])
    def broken() -> None:
        raise ValueError(PERSON)

    @dg.asset(deps=[broken])
    def never_begun() -> None: ...

    made = home()
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([built, broken, never_begun], instance=instance, raise_on_error=False)
        steps = {each.name: each.seconds for each in read_history(instance, made, []).steps}
        told = instance.get_run_step_stats(run.run_id)
    assert steps == {each.step_key: each.end_time - each.start_time for each in told}
    assert steps.keys() == {"built", "broken"}


def needing_attention(home: Home, history: History) -> list[tuple[str, str, str]]:
    return [(each.severity, each.what, each.text) for each in gather(home, history, NOW).attention]


def test_a_failed_run_needs_attention_until_its_work_is_done_whatever_else_has_run(
    home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home()
    deliver(made, "patients_2026-01-02.csv")
    with monkeypatch.context() as broken:
        broken.setattr(bronze, "load_deliveries", lambda *_, **__: 1 / 0)
        assert not run_daily_elt(made.settings, pending(made), select=LAND_LOAD_REPORT).success
    deliver(made, "patients_2026-01-03.csv", f"{HEADER}P2,F,1980-01-01\n")
    third = {date(2026, 1, 3): {"icon_health.patients"}}
    assert run_daily_elt(made.settings, third, select=LAND_LOAD_REPORT).success
    words = "A run of job daily_elt failed in load_icon_health."
    assert ("error", "run failed", f"{words} Running again finishes the work.") in needing_attention(
        made, history_of(made)
    )
    assert words in made.settings.report.read_text()
    assert run_daily_elt(made.settings, pending(made), select=LAND_LOAD_REPORT).success
    assert not [what for _, what, _ in needing_attention(made, history_of(made)) if what == "run failed"]


def test_a_check_needs_attention_by_its_last_verdict_though_no_run_of_the_page_has_asked_it(home) -> None:
    times = {"since": NOW, "latest": NOW, "next": "healthcare-elt health plan.patients"}
    failed = Incident(
        key="check_failed/gold/dim_patient:is_whole", event="check_failed", severity="error", what="It failed.", **times
    )
    warned = failed.model_copy(update={"severity": "warning", "key": "check_failed/silver/a/b:unique_id"})
    drifted = Incident(key="drift/plan.patients", event="drift", severity="warning", what="It is unlike.", **times)
    assert needing_attention(home(), History(incidents=(warned, failed, drifted))) == [
        ("error", "check failed", "is_whole since 2026-01-10 06:00 UTC"),
        ("warning", "check warned", "unique_id since 2026-01-10 06:00 UTC"),
        ("warning", "drift", "It is unlike. healthcare-elt health plan.patients tells more."),
    ]


def test_what_is_late_and_what_the_alerts_have_open_needs_attention(
    home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home()
    late = LateDelivery("icon_health", date(2026, 1, 9), ("patients", "providers"), NOW)
    monkeypatch.setattr(attention, "late_deliveries", lambda home, now: [late])
    times = {"since": NOW, "latest": NOW}
    bad = a_delivery(1, system="icon_health")
    held = Event.of("quarantined", bad, NOW, rows=2, run_id="a run")
    made.ledger.append([Event.of("loaded", bad, NOW, rows=3, rejects=0, run_id="a run"), held])
    incidents = [
        Incident(key=key, event=key.partition("/")[0], severity="warning", what=f"{key} it is.", next="", **times)
        for key in ("quarantine/icon_health.patients/2026-01-02", "drift", "channel_down", "delivery_rejected")
    ]
    write_book(made.settings, Book(open={each.key: OpenIncident(incident=each, told_at=NOW) for each in incidents}))
    severities = {each.what: each.severity for each in gather(made, History(), NOW).attention}
    assert severities["late delivery"] == "warning"  # as in the alerts
    page = page_of(made, tmp_path)
    assert "icon_health of 2026-01-09" in page
    assert "patients, providers; due 2026-01-10 06:00 UTC" in page
    for told in ("quarantine/icon_health.patients/2026-01-02 it is", "channel_down it is"):
        assert told in page
    for found_by_the_page in ("drift it is", "delivery_rejected it is"):
        assert found_by_the_page not in page
    made.ledger.append([Event.of("withdrawn", bad, NOW + timedelta(minutes=1), reason="wrong")])
    page = page_of(made, tmp_path)
    assert "quarantine/icon_health" not in page  # though the alerts have not looked since
    assert "channel_down it is" in page


def test_an_inbox_that_cannot_be_read_needs_attention_and_the_rest_is_told(
    home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise UnreadableInbox("The inbox cannot be read; let this user read it.")

    monkeypatch.setattr(attention, "look", unreadable)
    page = page_of(home(), tmp_path)
    assert "The inbox cannot be read; let this user read it." in page
    assert "Nothing was delivered yet" in page


def test_drift_is_drawn_with_a_bar_for_what_was_before_and_one_for_what_is_now() -> None:
    shares = ColumnShares("cpt<b>", False, ("27130", "29806"), (1.0, 0.0), (0.25, 0.75))
    picture = drift(shares)
    assert picture.count('class="reference"') == picture.count('class="delivery"') == 2
    assert "27130: 25.0% before, 100.0% now" in picture
    assert "cpt&lt;b&gt;" in picture
