"""The sample generator: the same bytes each time, valid where clean, small in memory, harmless to others."""

from __future__ import annotations

import csv
import hashlib
import json
import tracemalloc
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from healthcare_elt.contracts.formats import is_npi
from healthcare_elt.sample import FAULTS, SampleError, employers, write_sample


def _state(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and modification time of every file."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _days(home: Path, table: str) -> list[list[dict[str, str]]]:
    """The rows of a table, one list per delivery in order of date."""
    return [_rows(path) for path in sorted((home / "inbox/icon_health").glob(f"{table}_*.csv"))]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("clean")
    write_sample(home / "inbox", home / "truth.json", days=6, patients=600, clean=True)
    return home


def test_the_same_arguments_give_the_same_bytes_and_times(tmp_path: Path) -> None:
    for home in (tmp_path / "a", tmp_path / "b"):
        write_sample(home / "inbox", home / "truth.json", days=4, patients=300, seed=3)
    assert _state(tmp_path / "a/inbox") == _state(tmp_path / "b/inbox")
    assert (tmp_path / "a/truth.json").read_bytes() == (tmp_path / "b/truth.json").read_bytes()


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_sample(tmp_path / f"{seed}/inbox", tmp_path / f"{seed}/truth.json", patients=200, seed=seed)
    assert _days(tmp_path / "1", "patients")[0] != _days(tmp_path / "2", "patients")[0]


def test_people_are_as_old_on_the_first_day_whichever_day_that_is(tmp_path: Path) -> None:
    ages = []
    for first_day in (date(2026, 1, 2), date(2010, 5, 5)):
        home = tmp_path / str(first_day)
        write_sample(home / "inbox", home / "truth.json", patients=200, clean=True, first_day=first_day)
        ages.append([first_day - date.fromisoformat(row["birth_date"]) for row in _days(home, "patients")[0]])
    assert ages[0] == ages[1]


def test_the_summary_counts_what_was_written(tmp_path: Path) -> None:
    summary = write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=3, patients=100)
    files = [path for path in (tmp_path / "inbox").rglob("*") if path.is_file()]
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert (summary.files, summary.bytes) == (len(files), sum(path.stat().st_size for path in files))
    assert summary.rows == sum(table["bronze"] + table["rejects"] for table in truth["rows"].values())
    assert summary.faults == {name: fault["count"] for name, fault in truth["faults"].items()}
    assert set(summary.faults) == set(FAULTS)


def test_writing_again_changes_nothing_and_keeps_other_files(tmp_path: Path) -> None:
    theirs = tmp_path / "inbox/icon_health/notes.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("keep me")
    write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=3, patients=100)
    before = _state(tmp_path / "inbox"), (tmp_path / "truth.json").read_bytes()
    write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=3, patients=100)
    assert (_state(tmp_path / "inbox"), (tmp_path / "truth.json").read_bytes()) == before
    assert theirs.read_text() == "keep me"


@pytest.mark.parametrize("truth_is_kept", [True, False])
def test_a_sample_of_other_parameters_is_refused_and_nothing_changes(tmp_path: Path, truth_is_kept: bool) -> None:
    write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=3, patients=100)
    if not truth_is_kept:
        (tmp_path / "truth.json").unlink()
    before = _state(tmp_path)
    with pytest.raises(SampleError, match="nothing was written; move it"):
        write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=3, patients=101)
    assert _state(tmp_path) == before


def test_a_sample_may_follow_one_whose_files_are_gone(tmp_path: Path) -> None:
    write_sample(tmp_path / "old", tmp_path / "truth.json", days=3, patients=100)
    write_sample(tmp_path / "new", tmp_path / "truth.json", days=3, patients=101)
    assert json.loads((tmp_path / "truth.json").read_text())["patients"] == 101


def test_a_file_that_is_no_truth_is_not_overwritten(tmp_path: Path) -> None:
    write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=3, patients=100)
    (tmp_path / "truth.json").write_text("my notes")
    with pytest.raises(SampleError, match="is not the truth of a sample"):
        write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=3, patients=100)
    assert (tmp_path / "truth.json").read_text() == "my notes"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"days": 0}, "1 to 366 days"),
        ({"days": 367}, "1 to 366 days"),
        ({"patients": 19}, "20 to 9000000 patients"),
        ({"days": 2}, "at least 3 days"),
        ({"patients": 99}, "100 patients"),
        ({"first_day": date(1999, 12, 31)}, "2000 to 2100"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(tmp_path: Path, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(SampleError, match=words):
        write_sample(tmp_path / "inbox", tmp_path / "truth.json", **arguments)
    assert not list(tmp_path.iterdir())


def test_an_inbox_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file")
    with pytest.raises(SampleError, match=r"could not be written to .*; free space"):
        write_sample(tmp_path / "inbox", tmp_path / "truth.json")


@pytest.mark.parametrize(("days", "patients"), [(1, 20), (2, 50), (366, 20)])
def test_the_smallest_and_the_longest_clean_samples_can_be_written(tmp_path: Path, days: int, patients: int) -> None:
    write_sample(tmp_path / "inbox", tmp_path / "truth.json", days=days, patients=patients, clean=True)
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["rows"]["patients"]["current"] == patients
    assert truth["deliveries"]["providers"]["loaded"] == days


def test_a_clean_sample_has_no_faults(clean: Path) -> None:
    truth = json.loads((clean / "truth.json").read_text())
    assert truth["faults"] == {}
    assert all(each["rejected"] == each["repeated"] == 0 for each in truth["deliveries"].values())
    for table in truth["rows"].values():
        assert table["quarantined"] == table["superseded"] == table["rejects"] == 0
    folder = clean / "inbox/icon_health"
    assert all(path.is_file() and path.suffix == ".csv" for path in folder.iterdir())


def test_all_npis_of_a_clean_sample_have_their_check_digit(clean: Path) -> None:
    npis = {row["npi"] for table in ("providers", "encounters_details") for day in _days(clean, table) for row in day}
    lists = [row["in_network_npis"] for day in _days(clean, "employer_in_network") for row in day]
    npis.update(npi for each in lists for npi in each.split(","))
    assert {npi[0] for npi in npis} == {"1", "2"}
    assert [npi for npi in npis if not is_npi(npi)] == []


def test_real_change_is_there_even_when_clean(clean: Path) -> None:
    directories = [{row["npi"]: row["zip"] for row in day} for day in _days(clean, "providers")]
    pairs = list(pairwise(directories))
    assert any(before[npi] != after.get(npi, before[npi]) for before, after in pairs for npi in before)
    gone = set(directories[0]) - set(directories[1])
    assert len(gone) == 1 and gone <= set(directories[2])

    networks = [
        {row["employer_id"]: set(row["in_network_npis"].split(",")) for row in day}
        for day in _days(clean, "employer_in_network")
    ]
    lost = {(each, npi) for each, npis in networks[0].items() for npi in npis - networks[1][each]}
    assert lost and all(npi in networks[-1][each] for each, npi in lost)

    genders: dict[str, set[str]] = {}
    for row in (row for day in _days(clean, "patients") for row in day):
        genders.setdefault(row["patient_id"], set()).add(row["gender"])
    assert sum(len(known) == 2 for known in genders.values()) == 5


def test_ages_fit_the_procedures(clean: Path) -> None:
    born = {row["patient_id"]: int(row["birth_date"][:4]) for row in _days(clean, "patients")[0]}
    ages: dict[str, list[int]] = {}
    for row in _days(clean, "encounters_details")[0]:
        ages.setdefault(row["cpt"], []).append(2026 - born[row["patient_id"]])
    mean = {cpt: sum(each) / len(each) for cpt, each in ages.items()}
    assert set(mean) == {"27130", "27447", "29888", "29806", "24538"}
    assert max(ages["24538"]) < 15
    assert mean["24538"] < mean["29888"] < mean["29806"] < mean["27130"]
    assert min(ages["27447"]) >= 47


def test_nobody_is_treated_by_a_provider_that_is_absent_or_does_not_perform_it(clean: Path) -> None:
    performed: dict[str, set[str]] = {}
    for directory, encounters in zip(_days(clean, "providers"), _days(clean, "encounters_details"), strict=True):
        listed = {row["npi"] for row in directory}
        assert {row["npi"] for row in encounters} <= listed
        for row in encounters:
            performed.setdefault(row["npi"], set()).add(row["cpt"])
    assert max(len(cpts) for cpts in performed.values()) == 2


def test_everybody_has_about_three_encounters_and_a_few_go_wrong(clean: Path) -> None:
    encounters = [row["encounter_id"] for day in _days(clean, "encounters_details") for row in day]
    adverse = [row["encounter_id"] for day in _days(clean, "adverse_events") for row in day]
    assert len(encounters) == len(set(encounters))
    assert 2.5 < len(encounters) / 600 < 3.6
    assert len(adverse) == len(set(adverse)) and set(adverse) <= set(encounters)
    assert 0.02 < len(adverse) / len(encounters) < 0.06


def test_referrals_name_known_employers_and_people_as_patients_does(clean: Path) -> None:
    people = {row["patient_id"]: row["birth_date"] for day in _days(clean, "patients") for row in day}
    referrals = [row for day in _days(clean, "referrals") for row in day]
    assert len(referrals) == len({row["patient_id"] for row in referrals}) == 6 * 12
    assert all(people[row["patient_id"]] == row["birth_date"] for row in referrals)
    assert {row["employer_id"] for row in referrals} <= {employer for employer, _ in employers()[:8]}
    assert all(len(row["zip"]) == 5 and row["zip"].isdigit() for row in referrals)


def test_there_are_forty_employers_with_different_names() -> None:
    assert len({identity for identity, _ in employers()}) == len({name for _, name in employers()}) == 40
    assert employers()[0][0] == "EMP001"


def test_files_arrive_in_the_morning_of_their_day(clean: Path) -> None:
    for path in (clean / "inbox/icon_health").iterdir():
        arrived = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        assert f"{arrived:%Y-%m-%d}" in path.name
        assert arrived.hour == 6


def test_memory_does_not_grow_with_the_patients(tmp_path: Path) -> None:
    def peak(patients: int) -> int:
        home = tmp_path / str(patients)
        tracemalloc.start()
        write_sample(home / "inbox", home / "truth.json", days=3, patients=patients)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(1_000)  # the first call fills caches
    assert peak(20_000) < 1.5 * peak(5_000) + 200_000
