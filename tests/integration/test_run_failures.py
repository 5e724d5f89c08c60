"""What stops a run is one sentence, and nothing that may quote a row reaches Dagster's history."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from healthcare_elt.contracts import ContractError
from healthcare_elt.defs import bronze, failures
from healthcare_elt.defs.partitions import stretches
from healthcare_elt.orchestration import RunOutcome, dagster_instance, run_daily_elt
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.summary import summarize

LANDING_AND_BRONZE = 'key:"landing/icon_health/*" or key:"bronze/icon_health/*"'
SECRET = "P0000148 born 1953-02-01"


def deliver(home: Home, name: str, rows: str = "P1,F,1980-01-01\n") -> None:
    file = home.settings.inbox / "icon_health" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"patient_id,gender,birth_date\n{rows}")


def run(home: Home) -> RunOutcome:
    return run_daily_elt(home.settings, pending(home), select=LANDING_AND_BRONZE)


def said(folder: Path, words: str) -> bool:
    return any(words.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_text_of_an_unexpected_error_stays_in_the_phi_zone(home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_, **__):
        raise ValueError(SECRET)

    made = home()
    deliver(made, "patients_2026-01-02.csv")
    monkeypatch.setattr(bronze, "load_deliveries", broken)
    outcome = run(made)
    assert not outcome.success
    (sentence,) = outcome.failures
    assert "ValueError" in sentence
    assert "errors.log" in sentence
    assert SECRET not in sentence
    assert said(made.settings.dagster_home, "unexpected ValueError")
    assert not said(made.settings.dagster_home, SECRET)
    log = made.settings.data / "errors.log"
    assert SECRET in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_an_expected_error_is_told_in_its_own_sentence_and_running_again_finishes_the_work(home) -> None:
    made = home(lock_timeout_seconds=0)
    deliver(made, "patients_2026-01-02.csv")
    with FileLock(made.settings.lock_file):
        outcome = run(made)
    (sentence,) = outcome.failures
    assert sentence.startswith(f"Another run works in {made.settings.home}")
    again = run(made)
    assert again.success
    assert not pending(made)


def test_a_wrong_contract_stops_the_definitions_with_its_sentence_alone() -> None:
    with pytest.raises(dg.DagsterInvalidDefinitionError) as caught, failures.one_definition_sentence():
        raise ContractError("icon_health.yml, table patients: key is missing.")
    assert str(caught.value) == "icon_health.yml, table patients: key is missing."
    assert caught.value.__suppress_context__


def test_a_delivery_for_a_day_that_is_no_partition_waits_and_the_rest_goes_on(home) -> None:
    made = home(start_date="2020-01-01")
    for name in ("patients_2019-12-31.csv", "patients_2026-01-02.csv", "patients_2199-01-01.csv"):
        deliver(made, name)
    assert run(made).success
    assert {waiting["file"] for waiting in summarize(made).waiting} == {
        "icon_health/patients_2019-12-31.csv",
        "icon_health/patients_2199-01-01.csv",
    }
    assert not pending(made)


def test_deliveries_years_apart_are_loaded_without_a_note_for_each_day_between(home) -> None:
    made = home()
    for name in ("patients_2016-01-01.csv", "patients_2026-01-02.csv"):
        deliver(made, name)
    assert run(made).success
    with dagster_instance(made.settings) as instance:
        noted = instance.get_materialized_partitions(dg.AssetKey(["bronze", "icon_health", "patients"]))
    assert noted == {"2016-01-01", "2026-01-02"}


def test_dates_close_together_are_one_range_and_dates_far_apart_are_two() -> None:
    first, late, last = date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 16)
    assert stretches({last, first, late}) == [{first, late}, {last}]
    assert stretches(set()) == []
