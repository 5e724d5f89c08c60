"""What every landing zone promises; each kind of it runs the same suite."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from s3_places import s3_zone

from healthcare_elt.landing import Delivery, FolderLandingZone, LandingConflict, LandingZone
from healthcare_elt.landing.arrivals import (
    Arrival,
    arrival_key,
    arrivals_not_among,
    read_arrival,
    record_arrival,
    recorded_numbers,
)

KEY = "raw/plan/patients/year=2026/month=01/day=02/0123456789abcdef.csv"


@pytest.fixture(params=["folder", "s3"])
def zone(request: pytest.FixtureRequest, tmp_path: Path) -> LandingZone:
    """A new, empty landing zone of each kind."""
    if request.param == "folder":
        return FolderLandingZone(tmp_path / "landing")
    return s3_zone(request.getfixturevalue("s3_root"), tmp_path)


def store(zone: LandingZone, key: str, *chunks: bytes) -> None:
    with zone.begin() as staging:
        for chunk in chunks:
            staging.write(chunk)
        staging.commit(key)


def read(zone: LandingZone, key: str) -> bytes:
    with zone.open(key) as file:
        return file.read()


def test_what_is_committed_can_be_read_again(zone: LandingZone) -> None:
    store(zone, KEY, b"patient", b"_id\n", b"")
    assert zone.exists(KEY)
    assert read(zone, KEY) == b"patient_id\n"


def test_a_key_that_only_begins_another_is_not_there(zone: LandingZone) -> None:
    store(zone, f"{KEY}.gz", b"x")
    assert not zone.exists(KEY)
    with pytest.raises(FileNotFoundError):
        zone.open(KEY)


def test_an_empty_delivery_is_kept_too(zone: LandingZone) -> None:
    store(zone, KEY)
    assert read(zone, KEY) == b""


def test_nothing_is_there_before_the_commit(zone: LandingZone) -> None:
    with zone.begin() as staging:
        staging.write(b"half")
        assert not zone.exists(KEY)
        assert list(zone.keys()) == []


def test_what_is_not_committed_leaves_nothing(zone: LandingZone) -> None:
    with zone.begin() as staging:
        staging.write(b"half")
    staging.abort()
    assert list(zone.keys()) == []
    assert zone.clean() == 0


def test_the_same_bytes_for_the_same_key_are_welcome(zone: LandingZone) -> None:
    store(zone, KEY, b"same")
    store(zone, KEY, b"sa", b"me")
    assert read(zone, KEY) == b"same"
    assert list(zone.keys()) == [KEY]


def test_other_bytes_for_the_same_key_are_refused_and_change_nothing(zone: LandingZone) -> None:
    store(zone, KEY, b"first")
    with pytest.raises(LandingConflict, match=r"0123456789abcdef\.csv already holds other bytes"):
        store(zone, KEY, b"second")
    assert read(zone, KEY) == b"first"
    assert zone.clean() == 0


def test_keys_are_listed_in_order_below_a_prefix(zone: LandingZone) -> None:
    for key in ("raw/plan/b/2.csv", "raw/plan/a/1.csv", "raw/plan2/a/1.csv", "raw/plan/a/3.csv"):
        store(zone, key, b"x")
    assert list(zone.keys("raw/plan/")) == ["raw/plan/a/1.csv", "raw/plan/a/3.csv", "raw/plan/b/2.csv"]
    assert list(zone.keys("raw/plan/a/1")) == ["raw/plan/a/1.csv"]
    assert list(zone.keys("raw/none/")) == []
    assert len(list(zone.keys())) == 4


DAYS = [f"raw/plan/patients/year=20{year}/month=01/day={day:02}" for year in (24, 25, 26) for day in range(1, 5)]


@pytest.mark.parametrize("wanted", [[], [0], [11], [0, 11], [3, 4, 5], list(range(12))])
def test_which_of_many_keys_are_held_is_told_whatever_lies_between_them(zone: LandingZone, wanted: list[int]) -> None:
    for number, day in enumerate(DAYS):
        for name in ("a", "b", "c") if number != 4 else ():
            store(zone, f"{day}/{name}.csv", b"x")
    if hasattr(zone, "place"):
        zone.place.client.meta.events.register(
            "provide-client-params.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=2)
        )
    keys = {f"{DAYS[number]}/{name}.csv" for number in wanted for name in ("a", "c", "d")}
    expected = {key for key in keys if "d.csv" not in key and not key.startswith(f"{DAYS[4]}/")}
    assert zone.held(keys) == expected


@pytest.mark.parametrize("key", ["", "/etc/passwd", "raw/../../out.csv", ".staging/x"])
def test_a_key_never_leads_out_of_the_zone(zone: LandingZone, key: str) -> None:
    with pytest.raises(ValueError, match="is no key of the landing zone"):
        store(zone, key, b"x")
    assert list(zone.keys()) == []


def test_the_address_ends_with_the_key(zone: LandingZone) -> None:
    store(zone, KEY, b"x")
    assert zone.uri(KEY).endswith(KEY)


ARRIVAL = Arrival(
    Delivery(
        delivery_id="0123456789abcdef",
        system="plan",
        table="patients",
        delivery_date=date(2026, 1, 2),
        arrival=1,
        sha256="0" * 64,
        bytes=1,
        name="patients é.csv",
        landing_key=KEY,
        format="csv",
        compression="none",
        encoding="utf-8",
        delimiter=",",
        columns=("id",),
        new_columns=(),
        modified_ns=1,
        warnings=("has no column zip",),
    ),
    None,
    datetime(2026, 1, 9, 6, tzinfo=UTC),
)


def arrived(number: int, rejected: str | None = None) -> Arrival:
    return replace(ARRIVAL, delivery=replace(ARRIVAL.delivery, arrival=number), rejected=rejected)


def test_an_arrival_is_read_as_it_was_recorded(zone: LandingZone) -> None:
    for arrival in (arrived(1), arrived(2, "plan.patients: it is empty.")):
        record_arrival(zone, arrival)
        assert read_arrival(zone, arrival.delivery.arrival) == arrival
    assert recorded_numbers(zone) == {1, 2}


def test_a_number_is_given_once(zone: LandingZone) -> None:
    record_arrival(zone, arrived(1))
    record_arrival(zone, arrived(1))
    with pytest.raises(LandingConflict, match="written by another home at the same time; let one home"):
        record_arrival(zone, arrived(1, "another verdict"))
    assert read_arrival(zone, 1) == arrived(1)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ([], [1, 2, 3, 4]),
        ([1, 2, 3, 4], []),
        ([2], [1, 3, 4]),
        ([1, 3], [2, 4]),
        ([1, 2, 3, 4, 7], []),
        ([7], [1, 2, 3, 4]),
    ],
)
def test_arrivals_that_somebody_lacks_are_found_without_listing(
    zone: LandingZone, known: list[int], missing: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):
        record_arrival(zone, arrived(number))
    monkeypatch.setattr(type(zone), "keys", None)
    assert [arrival.delivery.arrival for arrival in arrivals_not_among(zone, known)] == missing


def test_a_home_without_anything_missing_costs_one_look(zone: LandingZone, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 5):
        record_arrival(zone, arrived(number))
    looked = []
    monkeypatch.setattr(type(zone), "exists", lambda _, key: looked.append(key))
    assert list(arrivals_not_among(zone, {1, 2, 3, 4})) == []
    assert looked == [arrival_key(5)]
