"""The sample week against its truth: every count, and each fault by name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sample_week import SampleWeek, records_of, text_of

from healthcare_elt.contracts.formats import is_npi
from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.sample import FAULTS

pytestmark = pytest.mark.e2e

TABLES = tuple(sorted({fault.table for fault in FAULTS.values()}))

# The run as a whole


def test_a_run_over_every_fault_ends_well(week: SampleWeek) -> None:
    assert week.run.returncode == 0, week.run.stderr
    run = json.loads(week.run.stdout)["run"]
    assert run["success"] is True
    assert (run["checks_failed"], run["failures"]) == ([], [])


def test_every_fault_has_a_test_by_its_name() -> None:
    tests = [name for name in globals() if name.startswith("test_")]
    assert [fault for fault in FAULTS if not any(name.startswith(f"test_{fault}_") for name in tests)] == []


@pytest.mark.parametrize("table", TABLES)
def test_the_ledger_has_as_many_deliveries_as_the_truth(week: SampleWeek, table: str) -> None:
    states = [state for state in week.states if state.table == table]
    assert {
        "landed": len(states),
        "loaded": sum(state.state == "loaded" for state in states),
        "rejected": sum(state.state == "rejected" for state in states),
        "repeated": sum(state.repeated for state in states),
    } == week.truth["deliveries"][table]


@pytest.mark.parametrize("table", TABLES)
def test_the_warehouse_has_as_many_rows_of_each_class_as_the_truth(week: SampleWeek, table: str) -> None:
    relation = f"icon_health__{table}"
    classes = week.rows(f"select _class, count(*) as n from silver.{relation}_rows group by _class")
    found = {row["_class"]: row["n"] for row in classes}
    assert {
        "bronze": week.count(f"bronze.{relation}"),
        "rejects": week.count(f"bronze.{relation}__rejects"),
        "quarantined": found.get("quarantined", 0),
        "superseded": found.get("superseded", 0),
        "repeats": found.get("repeat", 0),
        "versions": found.get("version", 0),
        "tombstones": found.get("tombstone", 0),
        "current": week.count(f"silver.{relation}_current"),
    } == week.truth["rows"][table]


@pytest.mark.parametrize("table", TABLES)
def test_what_people_read_of_a_class_has_as_many_rows(week: SampleWeek, table: str) -> None:
    expected, relation = week.truth["rows"][table], f"icon_health__{table}"
    assert week.count(f"silver.{relation}") == expected["versions"] + expected["tombstones"]
    assert week.count(f"quarantine.{relation} where kind = 'row'") == expected["quarantined"]
    states = [state for state in week.states if state.table == table]
    assert sum(state.rows or 0 for state in states) == expected["bronze"]
    assert sum(state.rejects or 0 for state in states) == expected["rejects"]
    assert sum(state.quarantined or 0 for state in states) == expected["quarantined"]
    (health,) = week.rows(
        "select sum(bronze_rows) as bronze, sum(rejects) as rejects, sum(quarantined) as quarantined, "
        "sum(superseded) as superseded, sum(repeats) as repeats, sum(versions) as versions "
        "from curated.data_health where table_name = ?",
        table,
    )
    assert health == {name: expected[name] for name in health}


@pytest.mark.parametrize("table", TABLES)
def test_every_bronze_row_is_in_exactly_one_class(week: SampleWeek, table: str) -> None:
    names = "_delivery_id, _row_number"
    classified = f"select {names} from silver.icon_health__{table}_rows where _class <> 'tombstone'"
    bronze = f"select {names} from bronze.icon_health__{table}"
    for left, right in ((bronze, classified), (classified, bronze)):
        assert week.rows(f"{left} except all {right}") == []


# Faults of rows


def _assert_quarantined(week: SampleWeek, fault: str, column: str, is_broken: Callable[[str], bool]) -> None:
    """The planted rows, and no others, are in quarantine for the reason, whole and as they were delivered."""
    truth, state = week.fault(fault), week.planted(fault)
    records = records_of(week.planted_file(fault))
    kept = week.rows(
        f"select * from quarantine.icon_health__{truth['table']} where reasons = ? order by _row_number",
        truth["reason"],
    )
    broken = [record for record in records if is_broken(record[column])]
    assert len(kept) == len(broken) == truth["count"] == FAULTS[fault].count
    assert [{name: row[name] or "" for name in broken[0]} for row in kept] == broken
    assert {row["_delivery_id"] for row in kept} == {state.delivery_id}
    assert {row["kind"] for row in kept} == {"row"}
    assert len(week.classified(fault, "version")) == len(records) - state.quarantined - len(
        week.classified(fault, "repeat")
    )


def test_blank_key_rows_are_in_quarantine(week: SampleWeek) -> None:
    _assert_quarantined(week, "blank_key", "patient_id", lambda cell: cell == "")


def test_impossible_date_rows_are_in_quarantine(week: SampleWeek) -> None:
    _assert_quarantined(week, "impossible_date", "birth_date", lambda cell: cell == "1987-02-30")


def test_not_allowed_value_rows_are_in_quarantine(week: SampleWeek) -> None:
    _assert_quarantined(week, "not_allowed_value", "gender", lambda cell: cell not in ("F", "M", "X", "U"))


def test_npi_check_digit_rows_are_in_quarantine(week: SampleWeek) -> None:
    _assert_quarantined(week, "npi_check_digit", "npi", lambda cell: not is_npi(cell))


def test_negative_amount_rows_are_in_quarantine(week: SampleWeek) -> None:
    _assert_quarantined(week, "negative_amount", "paid_amount", lambda cell: cell.startswith("-"))


def test_npi_check_digit_element_is_in_quarantine_and_its_row_stays(week: SampleWeek) -> None:
    state = week.planted("npi_check_digit_element")
    (kept,) = week.rows("select * from quarantine.icon_health__employer_in_network")
    assert (kept["kind"], kept["reasons"]) == ("element", week.fault("npi_check_digit_element")["reason"])
    assert kept["_delivery_id"] == state.delivery_id
    record = records_of(week.planted_file("npi_check_digit_element"))[kept["_row_number"] - 1]
    npis = record["in_network_npis"].split(",")
    assert [npi for npi in npis if not is_npi(npi)] == [kept["element"]]
    (row,) = week.rows(
        "select _class, in_network_npis from silver.icon_health__employer_in_network_rows "
        "where _delivery_id = ? and _row_number = ?",
        state.delivery_id,
        kept["_row_number"],
    )
    assert row["_class"] in ("version", "repeat")
    assert row["in_network_npis"].split(",") == sorted(npi for npi in npis if is_npi(npi))
    assert week.count("gold.employer_network where npi = ?", kept["element"]) == 0


def test_exact_repeat_in_file_is_a_repeat(week: SampleWeek) -> None:
    repeats = week.classified("exact_repeat_in_file", "repeat")
    assert len(repeats) == week.fault("exact_repeat_in_file")["count"]
    versions = {row["encounter_id"]: row for row in week.classified("exact_repeat_in_file", "version")}
    for row in repeats:
        version = versions[row["encounter_id"]]
        assert [row[name] for name in ("npi", "patient_id", "cpt", "paid_amount")] == [
            version[name] for name in ("npi", "patient_id", "cpt", "paid_amount")
        ]


def test_exact_repeat_across_days_is_a_repeat_of_the_first_days_version(week: SampleWeek) -> None:
    repeats = week.classified("exact_repeat_across_days", "repeat")
    assert len(repeats) == week.fault("exact_repeat_across_days")["count"]
    first_day = week.planted("exact_repeat_in_file").delivery_id
    for row in repeats:
        (version,) = week.rows(
            "select _delivery_id from silver.icon_health__encounters_details where encounter_id = ?",
            row["encounter_id"],
        )
        assert version["_delivery_id"] == first_day


def test_same_key_twice_keeps_the_later_row(week: SampleWeek) -> None:
    superseded = week.classified("same_key_twice", "superseded")
    assert len(superseded) == week.fault("same_key_twice")["count"]
    versions = {row["encounter_id"]: row for row in week.classified("same_key_twice", "version")}
    for row in superseded:
        version = versions[row["encounter_id"]]
        assert version["_row_number"] > row["_row_number"]
        assert version["paid_amount"] != row["paid_amount"]


def test_unknown_provider_becomes_an_inferred_member(week: SampleWeek) -> None:
    delivered = "select npi from bronze.icon_health__providers"
    facts = week.rows(
        "select f.npi, d.is_inferred, f._delivery_id from gold.fct_encounter as f "
        "join gold.dim_provider as d on d.provider_key = f.provider_key and d.npi = f.npi "
        f"where f.npi not in ({delivered})"
    )
    assert len(facts) == week.fault("unknown_provider")["count"]
    assert all(fact["is_inferred"] for fact in facts)
    assert {fact["_delivery_id"] for fact in facts} == {week.planted("unknown_provider").delivery_id}
    inferred = week.rows("select npi from gold.dim_provider where is_inferred and npi is not null")
    assert {row["npi"] for row in inferred} == {fact["npi"] for fact in facts}


def test_adverse_before_encounter_finds_its_encounter_later(week: SampleWeek) -> None:
    events = week.rows(
        "select * from gold.fct_adverse_event where reported_date < encounter_date or encounter_date is null"
    )
    assert len(events) == week.fault("adverse_before_encounter")["count"]
    assert all(event["is_encounter_known"] for event in events)
    assert {event["_delivery_id"] for event in events} == {week.planted("adverse_before_encounter").delivery_id}
    assert week.count("gold.fct_adverse_event where not is_encounter_known") == 0


def test_ragged_row_lines_are_kept_as_rejects(week: SampleWeek) -> None:
    state, lines = week.planted("ragged_row"), text_of(week.planted_file("ragged_row")).split("\n")
    rejects = week.rows("select * from bronze.icon_health__encounters_details__rejects order by _line_number")
    assert len(rejects) == week.fault("ragged_row")["count"] == state.rejects
    assert {reject["_delivery_id"] for reject in rejects} == {state.delivery_id}
    assert [reject["_raw"].rstrip("\r\n") for reject in rejects] == [
        lines[reject["_line_number"] - 1] for reject in rejects
    ]
    assert [reject["_raw"].count(",") for reject in rejects] == [2, 5]
    assert ["fewer" in reject["_reason"] for reject in rejects] == [True, False]


def test_newline_in_quotes_stays_in_the_name_on_every_day(week: SampleWeek) -> None:
    named = week.rows("select * from bronze.icon_health__providers where provider_name like '%' || chr(10) || '%'")
    assert len(named) == week.fault("newline_in_quotes")["count"]
    assert len({(row["npi"], row["provider_name"]) for row in named}) == 1
    versions = week.rows("select zip from silver.icon_health__providers where npi = ?", named[0]["npi"])
    assert len(versions) == len({row["zip"] for row in versions})


# Faults of files


def test_late_delivery_takes_its_place_in_history(week: SampleWeek) -> None:
    state = week.planted("late_delivery")
    assert (state.state, state.rows) == ("loaded", week.fault("late_delivery")["rows"])
    assert state.arrival == max(each.arrival for each in week.states)
    assert state.delivery_date < max(each.delivery_date for each in week.states)
    facts = week.rows("select encounter_date from gold.fct_encounter where _delivery_id = ?", state.delivery_id)
    assert [fact["encounter_date"] for fact in facts] == [state.delivery_date] * state.rows


def test_resent_other_name_is_not_landed_again(week: SampleWeek) -> None:
    resent = week.fault("resent_other_name")["file"].removeprefix("icon_health/")
    (event,) = [event for event in week.home.ledger.events() if event.event == "repeated"]
    assert event.name == resent
    original = week.delivery("icon_health/encounters_details_2026-01-03.csv")
    assert (event.delivery_id, original.repeated) == (original.delivery_id, 1)
    assert resent not in {state.name for state in week.states}
    landed = [path for path in (week.home.settings.landing / "raw").rglob("*") if path.is_file()]
    assert len(landed) == len(week.states) == len({state.landing_key for state in week.states})


def test_corrected_same_name_supersedes_the_earlier_delivery_whole(week: SampleWeek) -> None:
    corrected, earlier = week.planted("corrected_same_name"), week.delivery("icon_health/providers_2026-01-04.csv")
    assert earlier.delivery_date == corrected.delivery_date
    assert earlier.arrival < corrected.arrival
    assert (earlier.superseded, corrected.superseded) == (True, False)
    classes = "select _class, count(*) as n from silver.icon_health__providers_rows where _delivery_id = ? group by 1"
    assert week.rows(classes, earlier.delivery_id) == [{"_class": "superseded", "n": earlier.rows}]
    assert "superseded" not in {row["_class"] for row in week.rows(classes, corrected.delivery_id)}
    wrong, right = (
        {record["npi"]: record["zip"] for record in records_of(week.home.settings.inbox / "icon_health" / state.name)}
        for state in (earlier, corrected)
    )
    (npi,) = [npi for npi in right if right[npi] != wrong[npi]]
    zips = {row["zip"] for row in week.rows("select zip from gold.dim_provider where npi = ?", npi)}
    assert right[npi] in zips
    assert wrong[npi] not in zips


def _assert_rejected(week: SampleWeek, fault: str, because: str) -> DeliveryState:
    """Kept as it came, with the reason, and nothing of it is loaded."""
    state = week.planted(fault)
    assert (state.state, state.rows) == ("rejected", None)
    assert because in state.reason
    landed = week.home.settings.landing / state.landing_key
    assert landed.read_bytes() == week.planted_file(fault).read_bytes()
    assert week.count(f"bronze.icon_health__{state.table} where _delivery_id = ?", state.delivery_id) == 0
    return state


def test_header_only_full_is_rejected_and_deletes_nothing(week: SampleWeek) -> None:
    state = _assert_rejected(week, "header_only_full", "no rows")
    assert week.count("silver.icon_health__employer_in_network where _is_deleted") == 0
    assert week.count("gold.employer_network where cast(dbt_valid_to as date) = ?", state.delivery_date) == 0


def test_empty_file_is_rejected(week: SampleWeek) -> None:
    assert _assert_rejected(week, "empty_file", "empty").bytes == 0


def test_not_csv_is_rejected(week: SampleWeek) -> None:
    _assert_rejected(week, "not_csv", "not text")


def test_added_column_is_kept_in_bronze_and_warned_of(week: SampleWeek) -> None:
    state = week.planted("added_column")
    assert state.delivery.new_columns == ("preferred_language",)
    assert any("preferred_language" in warning for warning in state.delivery.warnings)
    records = records_of(week.planted_file("added_column"))
    rows = week.rows("select * from bronze.icon_health__patients where _delivery_id = ?", state.delivery_id)
    assert len(rows) == len(records)
    for row in rows:
        record = records[row["_row_number"] - 1]
        assert {name: row[name] for name in record} == record
    assert week.count("bronze.icon_health__patients where preferred_language is not null") == len(records)


def _assert_loaded_as_written(week: SampleWeek, fault: str) -> None:
    """Every row of the file is in bronze, cell by cell."""
    state, records = week.planted(fault), records_of(week.planted_file(fault))
    assert (state.state, state.rows, state.rejects) == ("loaded", len(records), 0)
    rows = week.rows(
        f"select * from bronze.icon_health__{state.table} where _delivery_id = ? order by _row_number",
        state.delivery_id,
    )
    assert [{name: row[name] for name in records[0]} for row in rows] == records


def test_gzip_file_is_loaded_like_any_other(week: SampleWeek) -> None:
    _assert_loaded_as_written(week, "gzip_file")
    assert week.planted("gzip_file").delivery.compression == "gzip"


def test_bom_crlf_file_is_loaded_like_any_other(week: SampleWeek) -> None:
    raw = week.planted_file("bom_crlf").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") > 1
    _assert_loaded_as_written(week, "bom_crlf")


def test_latin1_file_has_the_same_names_as_other_days(week: SampleWeek) -> None:
    _assert_loaded_as_written(week, "latin1_file")
    names = week.rows("select distinct npi, provider_name from bronze.icon_health__providers")
    assert len(names) == len({row["npi"] for row in names})
    assert any("Clínica Río" in row["provider_name"] for row in names)
