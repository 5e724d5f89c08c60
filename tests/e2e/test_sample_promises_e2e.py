"""Promises P5 and P8 on the sample week: no PHI outside its zone, and from every fact back to its row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sample_week import SampleWeek, content_of, records_of

pytestmark = pytest.mark.e2e

PATIENT_ID, ENCOUNTER_ID, DATE = rb"P\d{7}(?!\d)", rb"E\d{8}(?!\d)", rb"\d{4}-\d{2}-\d{2}"


def _delivered(week: SampleWeek, table: str, column: str) -> set[str]:
    files = (path for path in (week.home.settings.inbox / "icon_health").rglob(f"{table}*") if path.is_file())
    readable = [path for path in files if path.stat().st_size and b"\0" not in content_of(path)]
    return {record[column] for path in readable for record in records_of(path)} - {""}


def _phi(week: SampleWeek) -> set[bytes]:
    """Identifiers and birth dates of all patients and encounters, those of rejects and quarantine too."""
    encounters = set(re.findall(ENCOUNTER_ID, week.planted_file("ragged_row").read_bytes()))
    values = (
        _delivered(week, "patients", "patient_id")
        | _delivered(week, "patients", "birth_date")
        | _delivered(week, "referrals", "patient_id")
        | _delivered(week, "referrals", "birth_date")
        | _delivered(week, "encounters_details", "encounter_id")
        | _delivered(week, "adverse_events", "encounter_id")
    )
    return {value.encode() for value in values} | encounters


def _phi_in(week: SampleWeek, texts: Iterable[bytes]) -> set[bytes]:
    pattern = re.compile(b"|".join((PATIENT_ID, ENCOUNTER_ID, DATE)))
    return {found for text in texts for found in pattern.findall(text)} & _phi(week)


def _files(folder: Path) -> Iterable[bytes]:
    return [content_of(path) for path in folder.rglob("*") if path.is_file()]


def test_the_search_for_phi_finds_it_where_it_is(week: SampleWeek) -> None:
    assert _phi_in(week, _files(week.home.settings.landing)) == _phi(week)


def test_no_phi_is_in_the_ledger(week: SampleWeek, tmp_path: Path) -> None:
    week.home.ledger.export_csv(tmp_path / "ledger.csv")
    ledger = str(pq.read_table(week.home.settings.ledger).to_pylist()).encode()
    assert b"icon_health" in ledger
    assert _phi_in(week, [ledger, *_files(week.home.settings.metadata), *_files(tmp_path)]) == set()


def test_no_phi_is_in_dagsters_records(week: SampleWeek) -> None:
    records = _files(week.home.settings.dagster_home)
    assert any(b"ASSET_MATERIALIZATION" in record for record in records)
    assert _phi_in(week, records) == set()


def test_no_phi_is_in_what_the_run_says(week: SampleWeek) -> None:
    assert _phi_in(week, [week.run.stdout.encode(), week.run.stderr.encode()]) == set()


HEALTH = ("data_health", "data_drift", "delivery_expectations", "delivery_profiles", "delivery_shares")


@pytest.mark.parametrize("table", ["provider_performance", "referral_options", *HEALTH])
def test_no_phi_is_in_a_curated_table(week: SampleWeek, table: str) -> None:
    rows = week.rows(f"select * from curated.{table}")
    assert rows
    cells = [str(cell).encode() for row in rows for cell in row.values()]
    assert _phi_in(week, cells) == set()
    assert {"patient_id", "birth_date", "encounter_id"} & set(rows[0]) == set()


@pytest.mark.parametrize(
    ("fact", "table", "columns"),
    [
        ("fct_encounter", "encounters_details", ("encounter_id", "npi", "patient_id", "cpt")),
        ("fct_adverse_event", "adverse_events", ("encounter_id",)),
        ("fct_referral", "referrals", ("patient_id", "employer_id", "zip")),
    ],
)
def test_every_fact_leads_back_to_its_row_in_the_landing_zone(
    week: SampleWeek, fact: str, table: str, columns: tuple[str, ...]
) -> None:
    landing = week.home.settings.landing
    delivered = {
        state.delivery_id: records_of(landing / state.landing_key)
        for state in week.states
        if (state.table, state.state) == (table, "loaded")
    }
    facts = week.rows(
        f"select {', '.join(f'f.{name} as fact_{name}, b.{name}' for name in columns)}, f._delivery_id, f._row_number "
        f"from gold.{fact} as f left join bronze.icon_health__{table} as b "
        "on b._delivery_id = f._delivery_id and b._row_number = f._row_number"
    )
    assert facts
    for row in facts:
        record = delivered[row["_delivery_id"]][row["_row_number"] - 1]
        assert [row[f"fact_{name}"] for name in columns] == [row[name] for name in columns]
        assert [row[name] for name in columns] == [record[name] for name in columns]
