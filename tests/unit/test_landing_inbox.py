"""What discovery finds in a real inbox folder."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from healthcare_elt.contracts import Column, Contract
from healthcare_elt.landing import Discovery, discover

MOMENT = datetime(2026, 1, 5, 3, 0, tzinfo=UTC).timestamp()


def contract(table: str, *files: str) -> Contract:
    return Contract(
        system="plan",
        table=table,
        description="A table.",
        files=list(files),
        delivers="changes",
        key=["id"],
        on_new_column="evolve",
        columns=(Column(name="id", description="Number.", data_type="varchar", phi="none"),),
        source_file=Path("plan.yml"),
    )


CONTRACTS = (contract("visits", "visits*"), contract("visits_details", "visits_details*", "vd*.csv"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "plan").mkdir()
    return tmp_path


def put(inbox: Path, name: str, moment: float = MOMENT) -> None:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"id\n1\n")
    os.utime(path, (moment, moment))


def tables(discovery: Discovery) -> dict[str, str]:
    return {file.name: file.contract.table for file in discovery.files}


def test_the_longest_pattern_that_fits_claims_a_file(inbox: Path) -> None:
    put(inbox, "plan/visits_2026-01-02.csv")
    put(inbox, "plan/visits_details_2026-01-02.csv")
    assert tables(discover(inbox, CONTRACTS, UTC)) == {
        "visits_2026-01-02.csv": "visits",
        "visits_details_2026-01-02.csv": "visits_details",
    }


def test_patterns_ignore_case_and_compression(inbox: Path) -> None:
    put(inbox, "plan/VD_2026-01-02.CSV.GZ")
    put(inbox, "plan/vd_2026-01-03.csv.zst")
    assert set(tables(discover(inbox, CONTRACTS, UTC)).values()) == {"visits_details"}


def test_files_lie_in_order_of_arrival_with_names_below_their_system(inbox: Path) -> None:
    put(inbox, "plan/visits_2026-01-02.csv", MOMENT + 2)
    put(inbox, "plan/b/visits_2026-01-04.csv", MOMENT)
    put(inbox, "plan/a/visits_2026-01-03.csv", MOMENT)
    names = [file.name for file in discover(inbox, CONTRACTS, UTC).files]
    assert names == ["a/visits_2026-01-03.csv", "b/visits_2026-01-04.csv", "visits_2026-01-02.csv"]


def test_a_file_without_a_date_is_for_the_day_of_its_modification_where_the_home_is(inbox: Path) -> None:
    put(inbox, "plan/visits.csv")
    (file,) = discover(inbox, CONTRACTS, ZoneInfo("America/New_York")).files
    assert (file.delivery_date, file.dated) == (date(2026, 1, 4), False)
    (file,) = discover(inbox, CONTRACTS, UTC).files
    assert (file.delivery_date, file.dated) == (date(2026, 1, 5), False)


def test_a_date_in_the_name_wins_over_the_modification_day(inbox: Path) -> None:
    put(inbox, "plan/visits_20260102.csv")
    (file,) = discover(inbox, CONTRACTS, UTC).files
    assert (file.delivery_date, file.dated) == (date(2026, 1, 2), True)


@pytest.mark.parametrize(
    "name",
    [
        ".visits.csv",
        "visits.csv.part",
        "visits.csv.TMP",
        "visits.csv~",
        "visits.filepart",
        "visits.crdownload",
        "_SUCCESS",
        "_temporary/0/visits.csv",
        ".hidden/visits.csv",
    ],
)
def test_copies_in_progress_and_markers_are_not_there(inbox: Path, name: str) -> None:
    put(inbox, f"plan/{name}")
    assert discover(inbox, CONTRACTS, UTC) == Discovery((), (), ())


def test_files_that_no_contract_claims_are_listed(inbox: Path) -> None:
    put(inbox, "plan/notes.txt")
    put(inbox, "other/visits.csv")
    put(inbox, "lost.csv")
    assert discover(inbox, CONTRACTS, UTC).unmatched == ("lost.csv", "other/visits.csv", "plan/notes.txt")


def test_a_file_whose_date_cannot_be_told_is_a_problem_and_stays(inbox: Path) -> None:
    put(inbox, "plan/visits_2026-13-45.csv")
    discovery = discover(inbox, CONTRACTS, UTC)
    assert discovery.files == ()
    assert [(each.table, each.name) for each in discovery.problems] == [("visits", "visits_2026-13-45.csv")]
    assert "does not exist; rename it" in discovery.problems[0].reason


def test_a_file_that_two_tables_claim_equally_is_a_problem(inbox: Path) -> None:
    put(inbox, "plan/ab.csv")
    discovery = discover(inbox, (contract("left", "a*.csv"), contract("right", "*b.csv")), UTC)
    assert discovery.files == ()
    assert "fits the file patterns of left and right equally" in discovery.problems[0].reason


def test_a_name_that_no_log_can_hold_is_a_problem(inbox: Path) -> None:
    put(inbox, "plan/visits\n1.csv")
    (problem,) = discover(inbox, CONTRACTS, UTC).problems
    assert problem.reason.endswith("rename it")


def test_an_inbox_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert discover(tmp_path / "inbox", CONTRACTS, UTC) == Discovery((), (), ())
