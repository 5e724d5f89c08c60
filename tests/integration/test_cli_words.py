"""What the commands say of a home in words: what lies in it, what is late, what waits, and what to do next."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from healthcare_elt.cli.app import app
from healthcare_elt.cli.display import print_table
from healthcare_elt.cli.summary import MOST_LINES, print_summary
from healthcare_elt.contracts import SourceSystem
from healthcare_elt.orchestration import RunOutcome
from healthcare_elt.pipeline import health, land, summary
from healthcare_elt.pipeline.health import Drift, Expected, TableHealth
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries, look
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.summary import summarize

NOT_LOOKED = "Nothing has looked yet"


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


@pytest.mark.parametrize("name", ["run", "backfill"])
def test_help_shows_a_date_as_people_write_it(home, name: str) -> None:
    home()
    said = command(name, "--help").output
    assert said.count("YYYY-MM-DD") == 2
    assert "%Y" not in said
    said = command(name, "--from", "1.2.2026", "--to", "2026-01-02")
    assert (said.exit_code, "'1.2.2026' is no date; write it as YYYY-MM-DD." in said.output) == (2, True)


def test_a_run_names_the_command_that_tells_what_a_check_of_a_table_found_in_80_columns(
    home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.argv", [".venv/bin/healthcare-elt"])
    made = home()
    for warned, named in (("gold/fct_encounter: is_plausible", False), ("bronze/icon_health/patients: volume", True)):
        print_summary(made, summarize(made), RunOutcome(checks_warned=[warned]))
        said = capsys.readouterr().out.partition("Next:\n")[2]
        assert (".venv/bin/healthcare-elt health TABLE" in said) == named
        assert all(line.startswith("  ") for line in said.splitlines())


def test_the_sample_is_not_mixed_with_deliveries_of_others_also_if_the_inbox_was_cleared(home) -> None:
    made = home()
    deliver(made, "patients_2026-01-02.csv")
    assert command("sample", "--if-empty").output == ""
    land_deliveries(made, run_id="a run")
    (file,) = (path for path in made.settings.inbox.rglob("*") if path.is_file())
    file.unlink()
    assert command("sample", "--if-empty").output == ""
    home("another")
    assert "Wrote 45 deliveries" in command("sample", "--if-empty").output


def test_alerts_say_whether_anything_has_looked(home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home()
    said = command("alerts", "show").output
    assert NOT_LOOKED in said
    assert "alerts.example.yaml" in said
    monkeypatch.setenv("URL_OF_HOOK", "http://127.0.0.1:9/")
    hook = {"type": "webhook", "url": "env:URL_OF_HOOK"}
    rules = [{"events": ["run_failed"], "channels": ["hook"]}]
    made.settings.alerts_policy.write_text(yaml.safe_dump({"channels": {"hook": hook}, "rules": rules}))
    said = command("alerts", "show").output
    assert NOT_LOOKED in said
    assert "alerts.example.yaml" not in said
    assert command("alerts", "send").exit_code == 0
    said = command("alerts", "show").output
    assert NOT_LOOKED not in said
    assert "No incident is open." in said
    made.settings.alerts_policy.write_text("rules:\n  - chanels: [hook]\n")
    shown = command("alerts", "show")
    assert "No incident is open." in shown.output
    assert "alerts.yaml" in str(shown.exception)


def test_a_run_tells_of_a_setting_whose_name_is_misspelled(home, monkeypatch: pytest.MonkeyPatch) -> None:
    home()
    monkeypatch.setenv("HEALTHCARE_ELT_AUTOMATON", "true")
    result = command("run")
    assert result.exit_code == 0
    assert "HEALTHCARE_ELT_AUTOMATION may be meant" in result.stderr


def deliver(home: Home, *names: str, text: str = "patient_id,gender,birth_date\nP1,F,1980-01-01\n") -> None:
    for name in names:
        file = home.settings.inbox / "icon_health" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_status_tells_how_many_files_are_new_and_that_a_run_takes_them(home) -> None:
    made = home()
    assert "Put deliveries into" in command("status").output
    deliver(made, "patients_2026-01-02.csv", "patients_2026-01-03.csv", "patients_2999-01-01.csv", "who.csv")
    said = command("status").output
    assert "2 files in the inbox are new; `" in said
    assert "run` takes them." in said
    assert "Put deliveries into" not in said
    assert json.loads(command("status", "--json").output)["inbox"]["new_files"] == 2
    land_deliveries(made, run_id="a run")
    assert "in the inbox is new" not in (said := command("status").output) and "are new" not in said
    assert json.loads(command("status", "--json").output)["inbox"]["new_files"] == 0
    deliver(made, "patients_2026-01-04.csv", text="patient_id,gender,birth_date\nP2,F,1980-01-01\n")
    assert "1 file in the inbox is new; `" in command("status").output


def test_the_ledger_of_an_empty_home_says_that_nothing_was_taken_and_what_to_do(home) -> None:
    made = home()
    said = command("ledger", "show").output
    assert "No delivery was taken yet. Put deliveries into" in said
    assert f"{made.settings.inbox}/icon_health/" in said
    assert "sample`" in said
    assert command("ledger", "show", "--json").output.strip() == "[]"
    deliver(made, "patients_2026-01-02.csv")
    assert "1 file in the inbox is new" in command("ledger", "show").output
    land_deliveries(made, run_id="a run")
    assert "holds no such delivery" in command("ledger", "show", "--state", "rejected").output


def test_files_that_stay_in_the_inbox_are_one_list_with_a_line_each(home) -> None:
    made = home()
    strange = [f"patients_2999-01-{day:02}.csv" for day in range(1, MOST_LINES + 2)]
    deliver(made, *strange, "who.csv")
    heading, *lines = command("status").output.splitlines()
    assert heading == f"Files that stay in the inbox ({MOST_LINES + 2}):"
    for name, line in zip(strange[:MOST_LINES], lines, strict=False):
        assert line.startswith(f"  icon_health/{name} is for 2999")
    assert lines[MOST_LINES].startswith("  and 2 more; ")


def test_a_file_outside_of_the_source_systems_folders_is_told_where_to_go(home) -> None:
    made = home()
    deliver(made, "who.csv", "../patients_2026-01-02.csv", "../foo/patients_2026-01-02.csv")
    said = command("status").output
    assert "  icon_health/who.csv matches no contract; rename it or add a contract\n" in said
    for name, new in (("patients_2026-01-02.csv", ""), ("foo/patients_2026-01-02.csv", ", or add a contract of foo")):
        where = f"put it into icon_health/ or synthea/ of the inbox{new}\n"
        assert f"  {name} lies in no source system's folder; {where}" in said


def test_status_tells_what_is_late_and_what_the_sensor_holds_back_in_a_line_for_each_system_and_date(
    home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home()
    rules = {"ready_when": ["patients", "referrals"], "due": "00:00"}
    system = SourceSystem(name="icon_health", tables=("patients", "referrals"), **rules)
    monkeypatch.setattr(Home, "systems", (system,))
    today, before = (datetime.now(UTC).date() - timedelta(days=number) for number in (0, 1))
    deliver(made, f"patients_{before}.csv", f"{before}/patients.csv", f"patients_{today}.csv")
    said = command("status").output.splitlines()
    assert said[said.index("Late (1):") + 1] == f"  icon_health of {today}, due {today} 00:00 UTC: referrals"
    first, second = said[said.index("Held back by the sensor (2):") + 1 :][:2]
    assert first.startswith(f"  icon_health of {before}: 2 deliveries wait for referrals of {before}; `")
    assert second.startswith(f"  icon_health of {today}: 1 delivery waits for referrals of {today}; `")
    land_deliveries(made, run_id="a run")
    inbox = json.loads(command("status", "--json").output)["inbox"]
    assert [each["delivery_date"] for each in inbox["late"]] == [str(today)]
    assert [each["delivery_date"] for each in inbox["held_back"]] == [str(before), str(today)]
    deliver(made, f"referrals_{before}.csv", f"referrals_{today}.csv", text="referral_id\nR1\n")
    assert not {"Late", "Held"} & {line[:4] for line in command("status").output.splitlines()}


def test_the_rate_by_which_providers_are_ranked_is_called_shrunk(home, capsys: pytest.CaptureFixture[str]) -> None:
    made = home()
    counted = summarize(made)
    best = {"npi": "1", "provider_name": "A", "provider_procedures": 9, "provider_adverse_events": 0}
    counted.best_providers = [best | {"provider_adverse_event_rate": "0.016", "provider_mean_paid": 1}]
    print_summary(made, counted)
    assert "adverse  shrunk rate" in capsys.readouterr().out


def test_status_lists_the_inbox_once_and_the_landing_zone_only_where_a_system_has_rules(
    home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home()
    deliver(made, "patients_2026-01-02.csv")
    calls = []
    monkeypatch.setattr(summary, "look", lambda home: calls.append("inbox") or look(home))
    monkeypatch.setattr(land, "look", lambda home: calls.append("inbox") or look(home))
    monkeypatch.setattr(land, "arrivals_not_among", lambda zone, known: calls.append("zone") or [])
    assert summarize(made).inbox.new_files == 1
    assert calls == ["inbox"]
    rules = {"ready_when": ["patients"], "due": "00:00"}
    vars(made)["systems"] = (SourceSystem(name="icon_health", tables=("patients",), **rules),)
    assert summarize(made).inbox.new_files == 1
    assert calls[1:] == ["inbox", "zone"]


def test_health_tells_of_rejected_deliveries_until_others_are_loaded_in_their_place(home) -> None:
    made = home()
    assert "Nothing is known of any delivery yet" in command("health").output
    deliver(made, "patients_2026-01-02.csv", "patients_2026-01-03.csv", "referrals_2026-01-02.csv", text="")
    land_deliveries(made, run_id="a run")
    said = command("health").output
    assert "Nothing is known" not in said
    assert "Rejected deliveries, which have no score: 2 of icon_health.patients, 1 of icon_health.referrals; " in said
    assert "`healthcare-elt ledger show --state rejected` tells why." in said
    deliver(made, "patients_2026-01-03.csv")
    land_deliveries(made, run_id="a run")
    load_deliveries(made, run_id="a run")
    said = command("health", "icon_health.patients").output
    assert "no score: 1 of icon_health.patients; `healthcare-elt ledger show icon_health.patients --state" in said
    assert "Rejected" not in command("health", "icon_health.employer_in_network").output


def test_health_says_in_80_columns_all_that_it_says_in_more(home, monkeypatch: pytest.MonkeyPatch) -> None:
    home()
    name, delivery, day = "icon_health.employer_in_network", "9b6587aac25a0dea", date(2026, 1, 2)
    expectation = "expect_column_quantile_values_to_be_between"
    told = TableHealth(
        name, day, (delivery,), 0.5, 9, ("a_mart",),
        (Drift(delivery, "distribution", "in_network_npis", "psi", 7, 0.375, 0.25, True),),
        (Expected(delivery, expectation, "in_network_npis", "warn", 123.456, False),),
        (),
    )  # fmt: skip
    monkeypatch.setattr(health, "health_of", lambda *_: [told])
    for arguments in (("health",), ("health", name)):
        said = CliRunner().invoke(app, arguments, env={"COLUMNS": "80"}).output
        assert max(map(len, said.splitlines())) <= 80
        heading, failed = "Expectations that do not hold", [name, str(day), delivery, expectation, "123.456"]
        of_drift, of_expectations = said.partition("Drift\n")[2].split(heading)
        for word in (*failed, "in_network_npis", "columns", "observed"):
            assert word in of_expectations
        for word in (name, delivery, "in_network_npis", "psi", "0.375", "0.25"):
            assert word in of_drift


def test_health_names_marts_only_of_tables_on_which_some_rest(home, monkeypatch: pytest.MonkeyPatch) -> None:
    home()
    told = [
        TableHealth(name, date(2026, 1, 2), ("d",), 0.5, 9, marts, (), (), ())
        for name, marts in (("icon_health.patients", ("a_mart",)), ("icon_health.referrals", ()))
    ]
    monkeypatch.setattr(health, "health_of", lambda *_: told)
    marts = command("health").output.partition("Marts that rest")[2]
    assert "icon_health.patients" in marts
    assert "icon_health.referrals" not in marts


def test_a_name_in_letters_of_two_columns_is_shown_whole_in_whatever_room_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "山田太郎山田"
    for width in (20, 24):
        monkeypatch.setenv("COLUMNS", str(width))
        print_table("Providers", ["npi", "provider"], [["1234567890", name]])
        assert name in capsys.readouterr().out
