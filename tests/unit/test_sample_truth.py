"""The truth about a sample against a second, plain count of its files, and each fault by name."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

from healthcare_elt.contracts.formats import is_npi
from healthcare_elt.sample import FAULTS, write_sample

COLUMNS = {
    "patients": ["patient_id", "gender", "birth_date"],
    "providers": ["provider_name", "npi", "zip"],
    "encounters_details": ["encounter_id", "npi", "patient_id", "cpt", "paid_amount"],
    "adverse_events": ["encounter_id"],
    "employer_in_network": ["employer_id", "in_network_npis"],
    "referrals": ["patient_id", "gender", "birth_date", "procedure", "zip", "employer_id"],
}
KEYS = {table: columns[:1] for table, columns in COLUMNS.items()} | {
    "providers": ["npi"],
    "referrals": ["patient_id", "procedure"],
}
FULL = ("providers", "employer_in_network")


@dataclass
class Recount:
    """What a plain reader finds in an inbox."""

    deliveries: dict[str, Counter] = field(default_factory=lambda: {table: Counter() for table in COLUMNS})
    rows: dict[str, Counter] = field(default_factory=lambda: {table: Counter() for table in COLUMNS})
    reasons: Counter = field(default_factory=Counter)
    by_date: dict[str, dict[str, list[list[dict]]]] = field(default_factory=lambda: {table: {} for table in COLUMNS})
    """Per table and date the loaded deliveries in order of arrival, each a list of rows."""


def _content(path: Path) -> str | None:
    """The text of a file, none if it cannot be read."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
    if not raw or b"\0" in raw:
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _read(path: Path, table: str, found: Recount) -> list[dict] | None:
    text = _content(path)
    if text is None:
        return None
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    if not lines and table in FULL:
        return None
    found.rows[table]["rejects"] += sum(len(line) != len(header) for line in lines)
    rows = [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)]
    found.rows[table]["bronze"] += len(rows)
    return [{name: row[name] for name in COLUMNS[table]} for row in rows]


def _reason(table: str, row: dict) -> str | None:
    if not all(row[name] for name in KEYS[table]):
        return f"{KEYS[table][0]}.required"
    if row.get("gender", "F") not in ("F", "M", "X", "U"):
        return "gender.allowed"
    if "npi" in row and not is_npi(row["npi"]):
        return "npi.format"
    if float(row.get("paid_amount", 0)) < 0:
        return "paid_amount.min"
    try:
        date.fromisoformat(row.get("birth_date", "2000-01-01"))
    except ValueError:
        return "birth_date.type"
    return None


def _valid(table: str, rows: list[dict], found: Recount) -> list[dict]:
    """The rows that break no rule, with lists as sorted texts of their valid elements."""
    valid = []
    for row in rows:
        if (reason := _reason(table, row)) is not None:
            found.reasons[reason] += 1
            found.rows[table]["quarantined"] += 1
            continue
        if "in_network_npis" in row:
            elements = row["in_network_npis"].split(",")
            found.reasons["in_network_npis.format"] += sum(not is_npi(each) for each in elements)
            row = {**row, "in_network_npis": sorted({each for each in elements if is_npi(each)})}
        valid.append(row)
    return valid


def _classify(table: str, found: Recount) -> None:
    counts = found.rows[table]
    live: dict[tuple, dict] = {}
    for _, deliveries in sorted(found.by_date[table].items()):
        if table in FULL:
            counts["superseded"] += sum(len(rows) for rows in deliveries[:-1])
            deliveries = deliveries[-1:]
        rows = _valid(table, [row for rows in deliveries for row in rows], found)
        keyed = sorted(rows, key=lambda row: [row[name] for name in KEYS[table]])
        present = set()
        for key, group in groupby(keyed, lambda row: tuple(row[name] for name in KEYS[table])):
            *others, winner = group
            present.add(key)
            repeats = sum(row == winner for row in others) + (live.get(key) == winner)
            counts["repeats"] += repeats
            counts["superseded"] += sum(row != winner for row in others)
            counts["versions"] += live.get(key) != winner
            live[key] = winner
        for key in set(live) - present if table in FULL else ():
            counts["tombstones"] += 1
            del live[key]
    counts["current"] = len(live)


def recount(inbox: Path) -> Recount:
    found = Recount()
    seen = set()
    files = [path for path in inbox.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.as_posix())):
        table = max((name for name in COLUMNS if path.name.startswith(name)), key=len)
        day = re.search(r"\d{4}-\d\d-\d\d", path.name)[0]
        identity = (table, day, hashlib.sha256(path.read_bytes()).hexdigest())
        if identity in seen:
            found.deliveries[table]["repeated"] += 1
            continue
        seen.add(identity)
        rows = _read(path, table, found)
        found.deliveries[table]["landed"] += 1
        found.deliveries[table]["rejected" if rows is None else "loaded"] += 1
        if rows is not None:
            found.by_date[table].setdefault(day, []).append(rows)
    for table in COLUMNS:
        _classify(table, found)
    return found


@dataclass
class Written:
    inbox: Path
    truth: dict
    found: Recount

    def file(self, fault: str) -> Path:
        return self.inbox / self.truth["faults"][fault]["file"]

    def lines(self, fault: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(_content(self.file(fault)), newline="")))

    def count(self, fault: str) -> int:
        return self.truth["faults"][fault]["count"]


def _write(home: Path, **arguments: object) -> Written:
    write_sample(home / "inbox", home / "truth.json", **arguments)
    return Written(home / "inbox", json.loads((home / "truth.json").read_text()), recount(home / "inbox"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return _write(tmp_path_factory.mktemp("sample"), days=5, patients=200)


@pytest.mark.parametrize(
    "arguments",
    [
        {"days": 5, "patients": 200},
        {"days": 3, "patients": 100, "seed": 1},
        {"days": 7, "patients": 1000},
        {"days": 40, "patients": 150, "seed": -5},
        {"days": 6, "patients": 3_000, "clean": True},
        {"days": 3, "patients": 7_001, "seed": 2**70},
    ],
    ids=str,
)
def test_the_truth_equals_a_plain_count_of_the_files(tmp_path: Path, arguments: dict[str, object]) -> None:
    written = _write(tmp_path, **arguments)
    counted = written.found
    for table, expected in written.truth["deliveries"].items():
        assert expected == {name: counted.deliveries[table][name] for name in expected}, table
    for table, expected in written.truth["rows"].items():
        assert expected == {name: counted.rows[table][name] for name in expected}, table
    reasons = {fault["reason"]: fault["count"] for fault in written.truth["faults"].values() if "reason" in fault}
    assert reasons == +counted.reasons


def test_the_truth_names_every_fault_with_table_file_and_expectation(sample: Written) -> None:
    faults = sample.truth["faults"]
    assert list(faults) == list(FAULTS)
    for name, fault in faults.items():
        assert fault["table"] == FAULTS[name].table and fault["expected"].endswith(".")
        for file in [fault["file"]] if "file" in fault else fault["files"]:
            assert (sample.inbox / file).is_file(), (name, file)


@pytest.mark.parametrize(
    ("fault", "column", "value"),
    [("blank_key", 0, ""), ("impossible_date", 2, "1987-02-30"), ("not_allowed_value", 1, "Q")],
)
def test_a_fault_of_patients_is_in_as_many_rows_as_counted(
    sample: Written, fault: str, column: int, value: str
) -> None:
    assert sum(line[column] == value for line in sample.lines(fault)) == sample.count(fault)


def test_npi_check_digit_and_negative_amount(sample: Written) -> None:
    rows = [line for line in sample.lines("npi_check_digit")[1:] if len(line) == 5]
    assert sum(not is_npi(row[1]) for row in rows) == sample.count("npi_check_digit")
    assert sum(row[4].startswith("-") for row in rows) == sample.count("negative_amount")


def test_npi_check_digit_element(sample: Written) -> None:
    elements = [npi for row in sample.lines("npi_check_digit_element")[1:] for npi in row[1].split(",")]
    assert sum(not is_npi(npi) for npi in elements) == sample.count("npi_check_digit_element")


def test_exact_repeat_in_file_and_same_key_twice(sample: Written) -> None:
    rows = sample.lines("same_key_twice")[1:]
    groups = [list(group) for _, group in groupby(sorted(rows, key=lambda row: row[0]), lambda row: row[0])]
    pairs = [group for group in groups if len(group) == 2]
    assert sum(first == second for first, second in pairs) == sample.count("exact_repeat_in_file")
    assert sum(first != second for first, second in pairs) == sample.count("same_key_twice")


def test_exact_repeat_across_days(sample: Written) -> None:
    first_day = [row for rows in sample.found.by_date["encounters_details"]["2026-01-02"] for row in rows]
    keys = {tuple(row.values()) for row in first_day}
    again = [line for line in sample.lines("exact_repeat_across_days") if tuple(line) in keys]
    assert len(again) == sample.count("exact_repeat_across_days")


def test_unknown_provider(sample: Written) -> None:
    listed = {row["npi"] for day in sample.found.by_date["providers"].values() for rows in day for row in rows}
    unknown = [row for row in sample.lines("unknown_provider")[1:] if row[1] not in listed]
    assert len(unknown) == sample.count("unknown_provider")
    assert all(is_npi(row[1]) for row in unknown)


def test_adverse_before_encounter(sample: Written) -> None:
    days = sorted(sample.found.by_date["encounters_details"].items())
    first = {row["encounter_id"]: day for day, files in reversed(days) for rows in files for row in rows}
    early = [
        row
        for day, files in sample.found.by_date["adverse_events"].items()
        for rows in files
        for row in rows
        if first[row["encounter_id"]] > day
    ]
    assert len(early) == sample.count("adverse_before_encounter")


def test_late_delivery_comes_after_all_others_with_rows_of_its_own(sample: Written) -> None:
    late = sample.file("late_delivery")
    others = [path for path in sample.inbox.rglob("*") if path.is_file() and path != late]
    assert all(late.stat().st_mtime_ns > path.stat().st_mtime_ns for path in others)
    assert len(sample.lines("late_delivery")) - 1 == sample.truth["faults"]["late_delivery"]["rows"]


def test_resent_other_name_has_the_bytes_of_the_first(sample: Written) -> None:
    resent = sample.file("resent_other_name")
    first = sample.inbox / "icon_health" / resent.name.replace("_copy", "")
    assert resent.read_bytes() == first.read_bytes()
    assert resent.stat().st_mtime_ns > first.stat().st_mtime_ns


def test_corrected_same_name_differs_in_one_zip(sample: Written) -> None:
    corrected = sample.file("corrected_same_name")
    first = sample.inbox / "icon_health" / corrected.name
    pairs = zip(first.read_text().splitlines(), corrected.read_text().splitlines(), strict=True)
    assert sum(before != after for before, after in pairs) == 1
    assert corrected.stat().st_mtime_ns > first.stat().st_mtime_ns


def test_header_only_full_empty_file_and_not_csv(sample: Written) -> None:
    assert sample.file("header_only_full").read_bytes() == b"employer_id,in_network_npis\n"
    assert sample.file("empty_file").read_bytes() == b""
    assert b"\0" in sample.file("not_csv").read_bytes()


def test_added_column_is_in_the_middle(sample: Written) -> None:
    header, *rows = sample.lines("added_column")
    assert header == ["patient_id", "gender", "preferred_language", "birth_date"]
    assert rows and all(len(row) == 4 for row in rows)


def test_ragged_row_is_too_short_once_and_too_long_once(sample: Written) -> None:
    assert sorted(len(line) for line in sample.lines("ragged_row") if len(line) != 5) == [3, 6]


def test_gzip_file_has_rows_and_no_clock(sample: Written) -> None:
    assert sample.file("gzip_file").read_bytes()[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    assert len(sample.lines("gzip_file")) >= 1


def test_bom_crlf(sample: Written) -> None:
    raw = sample.file("bom_crlf").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\xef\xbb\xbf") == 1
    assert raw.count(b"\r\n") == raw.count(b"\n") > 1


def test_latin1_file_and_newline_in_quotes_are_the_same_text_on_every_day(sample: Written) -> None:
    with pytest.raises(UnicodeDecodeError):
        sample.file("latin1_file").read_bytes().decode()
    days = sample.found.by_date["providers"].values()
    names = [{row["provider_name"] for row in rows} for day in days for rows in day]
    assert all("Clínica Río 004" in each for each in names)
    assert sum("\n" in name for each in names for name in each) == sample.count("newline_in_quotes")
    assert {name for each in names for name in each if "\n" in name} == {"Harbor Spine\nand Joint 006"}
