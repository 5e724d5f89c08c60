"""What landing does with each file of a real inbox."""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from healthcare_elt.contracts import Column, Contract
from healthcare_elt.landing import (
    Delivery,
    Discovery,
    FolderLandingZone,
    Landed,
    LandingError,
    Outcome,
    Rejected,
    Repeated,
    Waiting,
    discover,
    land,
)
from healthcare_elt.landing.outcome import Place

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
CONTRACT = Contract(
    system="plan",
    table="patients",
    description="People.",
    files="patients*",
    delivers="changes",
    key=["patient_id"],
    on_new_column="evolve",
    columns=(Column(name="patient_id", description="Number.", data_type="varchar", phi="direct"),),
    source_file=Path("plan.yml"),
)
A, B = b"patient_id\np1\n", b"patient_id\np2\n"


@dataclass
class Record:
    """The ledger's part of the protocol, kept in memory."""

    files: set[tuple[str, str, int, int]] = field(default_factory=set)
    deliveries: dict[str, Delivery] = field(default_factory=dict)

    def is_known_file(self, system: str, name: str, bytes: int, modified_ns: int) -> bool:
        return (system, name, bytes, modified_ns) in self.files

    def has(self, delivery_id: str) -> bool:
        return delivery_id in self.deliveries

    def places(self, system: str, table: str) -> list[Place]:
        return [
            Place(each.delivery_date, each.arrival, each.sha256, each.modified_ns, each.name)
            for each in self.deliveries.values()
        ]

    def next_arrival(self) -> int:
        return max((each.arrival for each in self.deliveries.values()), default=0) + 1

    def add(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Landed | Rejected):
                found = outcome.delivery
                self.deliveries[found.delivery_id] = found
                self.files.add((found.system, found.name, found.bytes, found.modified_ns))
            elif isinstance(outcome, Repeated):
                file = outcome.file
                self.files.add((file.contract.system, file.name, file.bytes, file.modified_ns))


class Home:
    """An inbox, a landing zone and a record of the past."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "inbox" / "plan"
        self.folder.mkdir(parents=True)
        self.zone = FolderLandingZone(root / "landing")
        self.record = Record()

    def put(self, name: str, content: bytes, day: date = date(2026, 1, 5), second: int = 0) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        moment = datetime(day.year, day.month, day.day, 1, 0, second, tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
        return path

    def discover(self) -> Discovery:
        return discover(self.folder.parent, (CONTRACT,), UTC)

    def outcomes(self, discovery: Discovery | None = None, **options: object) -> list[Outcome]:
        chosen = {"dates": None, "now": NOW, "start_date": date(2015, 1, 1), "settle_seconds": 0.0} | options
        return list(land(discovery or self.discover(), self.zone, self.record, **chosen))

    def run(self, **options: object) -> list[Outcome]:
        """Land, and remember it."""
        outcomes = self.outcomes(**options)
        self.record.add(outcomes)
        return outcomes

    @property
    def kept(self) -> list[str]:
        return list(self.zone.keys("raw/"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def kinds(outcomes: list[Outcome]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_a_file_is_landed_unchanged_under_a_key_of_its_date_and_bytes(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    (outcome,) = home.run()
    found = outcome.delivery
    assert found.delivery_date == date(2026, 1, 2)
    assert found.landing_key == f"raw/plan/patients/year=2026/month=01/day=02/{found.sha256[:16]}.csv"
    assert home.zone.open(found.landing_key).read() == A
    assert (found.bytes, found.arrival, found.columns) == (len(A), 1, ("patient_id",))
    assert Delivery.from_json(found.to_json()) == found


def test_arrivals_follow_the_order_in_which_files_came(home: Home) -> None:
    home.put("patients_2026-01-03.csv", A, second=2)
    home.put("patients_2026-01-04.csv", B, second=1)
    assert [(each.delivery.delivery_date.day, each.delivery.arrival) for each in home.run()] == [
        (4, 1),
        (3, 2),
    ]
    home.put("patients_2026-01-01.csv", A, second=3)
    assert [each.delivery.arrival for each in home.run()] == [3]


def test_a_file_that_is_known_is_not_even_opened(home: Home) -> None:
    path = home.put("patients_2026-01-02.csv", A)
    home.run()
    before = path.stat()
    path.write_bytes(B)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert home.run() == []


def test_a_resent_file_under_a_new_name_is_a_repeat(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    (first,) = home.run()
    home.put("patients_again_20260102.csv", A)
    (second,) = home.run()
    assert isinstance(second, Repeated)
    assert second.delivery_id == first.delivery.delivery_id
    assert len(home.kept) == 1
    assert home.run() == []


def test_two_equal_files_for_one_date_in_one_call_are_one_delivery(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    home.put("patients_20260102.csv", A)
    assert kinds(home.run()) == [Landed, Repeated]


def test_the_same_bytes_for_another_date_are_a_new_delivery(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    home.put("patients_2026-01-03.csv", A)
    assert kinds(home.run()) == [Landed, Landed]
    assert len(home.kept) == 2


def test_a_correction_under_the_same_name_is_a_new_delivery(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    home.run()
    home.put("patients_2026-01-02.csv", B, second=5)
    assert kinds(home.run()) == [Landed]


def test_an_undated_file_with_the_bytes_of_the_latest_delivery_is_a_repeat(home: Home) -> None:
    home.put("patients.csv", A, date(2026, 1, 5))
    home.run()
    home.put("patients.csv", A, date(2026, 1, 6))
    assert kinds(home.run()) == [Repeated]
    home.put("patients.csv", B, date(2026, 1, 7))
    home.run()
    home.put("patients.csv", A, date(2026, 1, 8))
    assert kinds(home.run()) == [Landed]


def test_an_undated_value_that_returns_within_one_call_is_not_lost(home: Home) -> None:
    home.put("patients_2026-01-03.csv", A, date(2026, 1, 3))
    home.run()
    home.put("patients_2026-01-04.csv", B, date(2026, 1, 4))
    home.put("patients.csv", A, date(2026, 1, 5))
    assert kinds(home.run()) == [Landed, Landed]


def test_what_came_after_an_undated_repeat_does_not_make_it_new(home: Home) -> None:
    home.put("patients_a.csv", A, date(2026, 1, 5))
    home.put("patients_b.csv", A, date(2026, 1, 6), second=1)
    home.put("patients_c.csv", B, date(2026, 1, 6), second=2)
    assert kinds(home.run()) == [Landed, Repeated, Landed]
    home.record.files.clear()
    assert kinds(home.outcomes()) == [Repeated, Repeated, Repeated]


def test_only_the_wanted_dates_are_landed(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    home.put("patients_2026-01-03.csv", A)
    assert [each.delivery.delivery_date.day for each in home.run(dates={date(2026, 1, 3)})] == [3]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("patients_2026-01-12.csv", "is for 2026-01-12, which is in the future"),
        ("patients_2014-12-31.csv", "before the first day 2015-01-01; set HEALTHCARE_ELT_START_DATE earlier"),
        ("patients_2026-02-30.csv", "which does not exist"),
    ],
)
def test_a_file_for_an_unlikely_day_waits(home: Home, name: str, said: str) -> None:
    home.put(name, A)
    (outcome,) = home.run()
    assert isinstance(outcome, Waiting)
    assert (outcome.name, outcome.table) == (name, "patients")
    assert said in outcome.reason
    assert home.kept == []


def test_a_file_for_tomorrow_is_landed(home: Home) -> None:
    home.put("patients_2026-01-11.csv", A)
    assert kinds(home.run()) == [Landed]


def test_a_bad_file_is_kept_and_rejected_and_the_rest_goes_on(home: Home) -> None:
    home.put("patients_2026-01-02.csv", b"SMITH,1980\n", second=1)
    home.put("patients_2026-01-03.csv", A, second=2)
    rejected, landed = home.run()
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith("plan.patients: patients_2026-01-02.csv has no column patient_id")
    assert home.zone.open(rejected.delivery.landing_key).read() == b"SMITH,1980\n"
    assert "SMITH" not in repr(rejected)
    assert (rejected.delivery.arrival, landed.delivery.arrival) == (1, 2)
    assert home.run() == []


@pytest.mark.parametrize("change", [b"more\n", b""], ids=["growing", "touched"])
def test_a_file_that_changes_while_it_is_read_waits_and_leaves_nothing(home: Home, change: bytes) -> None:
    path = home.put("patients_2026-01-02.csv", A)

    def still_writing(*_: object) -> None:
        with path.open("ab") as file:
            file.write(change)
        os.utime(path)

    (outcome,) = home.run(on_progress=still_writing)
    assert isinstance(outcome, Waiting)
    assert "is still being written" in outcome.reason
    assert home.kept == []
    assert home.zone.clean() == 0


def test_a_young_file_is_given_the_rest_of_its_time(home: Home) -> None:
    path = home.put("patients_2026-01-02.csv", A)
    age_one = datetime.fromtimestamp(path.stat().st_mtime + 1, UTC)
    waits: list[float] = []
    assert kinds(home.outcomes(now=age_one, settle_seconds=3, sleep=waits.append)) == [Landed]
    assert 1.5 < waits[0] <= 2
    (outcome,) = home.run(now=age_one, settle_seconds=3, sleep=lambda _: path.write_bytes(A + B))
    assert "is still being written" in outcome.reason


def test_a_file_that_is_old_enough_is_not_waited_for(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    waits: list[float] = []
    home.run(settle_seconds=3, sleep=waits.append)
    assert waits == []


def test_a_file_that_vanished_or_is_closed_to_us_waits(home: Home) -> None:
    gone = home.put("patients_2026-01-02.csv", A)
    discovery = home.discover()
    gone.unlink()
    (outcome,) = home.outcomes(discovery)
    assert "is no longer in the inbox" in outcome.reason
    gone.mkdir()
    (outcome,) = home.outcomes(discovery)
    assert "cannot be read (Is a directory)" in outcome.reason


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so it steps down meanwhile."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_may_not_be_read_waits(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A).chmod(0)
    discovery = home.discover()
    with as_nobody():
        (outcome,) = home.outcomes(discovery)
    assert "cannot be read (Permission denied); let this user read it" in outcome.reason


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files of this process cannot grow beyond `size`: a full disk without filling one."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored: Callable | int | None = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("name", ["patients_2026-01-02.csv", "patients_2026-01-02.csv.gz"])
def test_a_full_disk_stops_the_run_with_a_sentence_and_leaves_nothing(home: Home, name: str) -> None:
    home.put(name, A * 1000)
    with room_for(1000), pytest.raises(LandingError) as caught:
        home.run()
    assert str(caught.value).startswith(f"plan.patients: {name} could not be copied to the landing zone (")
    assert str(caught.value).endswith("free space or give the right to write there, then run again.")
    assert home.kept == []
    assert home.zone.clean() == 0
    assert kinds(home.run()) == [Landed]


def test_a_process_killed_before_it_could_tell_lands_the_same_delivery_again(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    (lost,) = home.outcomes()
    (found,) = home.run()
    assert found == lost
    assert len(home.kept) == 1


def test_the_extension_is_kept_as_delivered(home: Home) -> None:
    for name in ("patients_2026-01-02.CSV", "patients_2026-01-03", "patients_2026-01-04.txt.gz"):
        home.put(name, A)
    home.run()
    assert [Path(key).name.partition(".")[2] for key in home.kept] == ["csv", "csv", "txt.gz"]


def test_a_known_delivery_read_from_an_older_ledger_keeps_what_it_had(home: Home) -> None:
    home.put("patients_2026-01-02.csv", A)
    (outcome,) = home.run()
    stored = json.loads(outcome.delivery.to_json())
    del stored["header"]
    assert Delivery.from_json(json.dumps(stored | {"later": 1})).columns == ("patient_id",)
