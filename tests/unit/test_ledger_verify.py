"""Whether ledger, load log and landing zone agree, and what mends them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from delivered import a_delivery

from healthcare_elt.landing import Delivery, FolderLandingZone, LandingConflict, LandingError
from healthcare_elt.landing.arrivals import Arrival, arrival_key, record_arrival
from healthcare_elt.ledger import Event, Ledger, repair, restore_arrivals, verify, write_missing_records
from healthcare_elt.warehouse import LoadLogEntry

NOW = datetime(2026, 1, 9, 6, tzinfo=UTC)


@dataclass
class Home:
    ledger: Ledger
    zone: FolderLandingZone

    def land(self, arrival: int, *, told: bool = True, recorded: bool = True, rejected: str | None = None) -> Delivery:
        content = f"id\n{arrival}\n".encode()
        landed = a_delivery(
            arrival,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            name=f"patients_{arrival}.csv",
            landing_key=f"raw/plan/{arrival}.csv",
        )
        with self.zone.begin() as staging:
            staging.write(content)
            staging.commit(landed.landing_key)
        if recorded:
            record_arrival(self.zone, Arrival(landed, rejected, NOW))
        if told:
            self.ledger.append([Event.of("rejected" if rejected else "landed", landed, NOW, reason=rejected)])
        return landed

    def differences(self, *log: LoadLogEntry, hashes: bool = False) -> list[tuple[str, str | None, bool]]:
        found = verify(self.ledger, log, self.zone, hashes=hashes)
        return [(difference.kind, difference.delivery_id, difference.repairable) for difference in found]

    def sentences(self) -> list[tuple[str, str]]:
        return [(difference.kind, difference.sentence) for difference in verify(self.ledger, [], self.zone)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    yield Home(Ledger(tmp_path / "ledger"), FolderLandingZone(tmp_path / "landing"))


def logged(delivery: Delivery) -> LoadLogEntry:
    return LoadLogEntry(
        delivery_id=delivery.delivery_id,
        system=delivery.system,
        table=delivery.table,
        delivery_date=delivery.delivery_date,
        arrival=delivery.arrival,
        delivers="changes",
        landing_key=delivery.landing_key,
        sha256=delivery.sha256,
        name=delivery.name,
        bytes=delivery.bytes,
        modified_ns=delivery.modified_ns,
        details=delivery.to_json(),
        rows=1,
        rejects=0,
        run_id="run",
        loaded_at=NOW.replace(tzinfo=None),
    )


def loaded(delivery: Delivery) -> Event:
    return Event.of("loaded", delivery, NOW, rows=1, rejects=0, run_id="run")


def test_a_home_in_order_has_no_difference(home: Home) -> None:
    waiting, done = home.land(1), home.land(2)
    home.ledger.append([loaded(done)])
    assert home.differences(logged(done), hashes=True) == []
    assert repair(home.ledger, [logged(done)], home.zone) == []
    assert home.ledger.landed_not_loaded({done.delivery_id}) == [waiting]


def test_a_load_that_the_ledger_missed_is_written_into_it(home: Home) -> None:
    delivery = home.land(1)
    assert home.differences(logged(delivery)) == [("loaded, not in the ledger", delivery.delivery_id, True)]
    assert repair(home.ledger, [logged(delivery)], home.zone) == [loaded(delivery)]
    assert home.differences(logged(delivery)) == []


def test_a_delivery_that_the_ledger_lost_comes_back_from_the_load_log(home: Home) -> None:
    delivery = home.land(1, told=False)
    assert home.differences(logged(delivery)) == [("unknown to the ledger", delivery.delivery_id, True)]
    repair(home.ledger, [logged(delivery)], home.zone)
    [state] = home.ledger.deliveries()
    assert (state.state, state.rows, state.delivery) == ("loaded", 1, delivery)


def test_without_an_arrival_record_a_lost_delivery_comes_back_from_the_load_log_alone(home: Home) -> None:
    delivery = home.land(1, told=False, recorded=False)
    assert repair(home.ledger, [logged(delivery)], home.zone) == [
        Event.of("landed", delivery, NOW, run_id="run"),
        loaded(delivery),
    ]
    assert home.differences(logged(delivery)) == [("arrival record missing", delivery.delivery_id, True)]
    assert write_missing_records(home.ledger, home.zone) == [1]
    assert home.differences(logged(delivery), hashes=True) == []


def test_deliveries_that_landed_unnoticed_come_back_with_their_numbers_and_verdicts(home: Home) -> None:
    waiting, known = home.land(1, told=False), home.land(2)
    rejected, last = home.land(3, told=False, rejected="is empty"), home.land(4, told=False)
    lost = [waiting, rejected, last]
    assert home.differences() == [("unknown to the ledger", each.delivery_id, True) for each in lost]
    assert restore_arrivals(home.ledger, home.zone).next_arrival() == 5
    states = home.ledger.deliveries()
    assert [state.delivery for state in states] == [waiting, known, rejected, last]
    assert [(state.state, state.reason) for state in states if state.reason] == [("rejected", "is empty")]
    assert home.differences(hashes=True) == []


def test_a_number_that_has_a_record_is_never_given_again(home: Home) -> None:
    home.land(1)
    home.land(2, told=False)
    assert home.ledger.known().next_arrival() == 2
    with pytest.raises(LandingConflict, match="written by another home at the same time"):
        home.land(2, told=False, rejected="another verdict")
    assert restore_arrivals(home.ledger, home.zone).next_arrival() == 3


def test_a_lost_record_is_written_again_from_the_ledger(home: Home) -> None:
    delivery, rejected = home.land(1), home.land(2, rejected="is empty")
    records = {number: home.zone.open(arrival_key(number)).read() for number in (1, 2)}
    for number in records:
        home.zone.path(arrival_key(number)).unlink()
    assert home.differences() == [("arrival record missing", each.delivery_id, True) for each in (delivery, rejected)]
    assert write_missing_records(home.ledger, home.zone) == [1, 2]
    assert {number: home.zone.open(arrival_key(number)).read() for number in (1, 2)} == records


@pytest.mark.parametrize("content", [b"", b'{"delivery": {', b"[]", b"null"])
def test_a_damaged_record_is_a_difference_and_stops_what_needs_it(home: Home, content: bytes) -> None:
    home.land(1, told=False)
    path = home.zone.path(arrival_key(1))
    path.chmod(0o644)
    path.write_bytes(content)
    assert ("arrival record damaged", None, False) in home.differences()
    with pytest.raises(LandingError, match="is damaged; restore it from a backup"):
        restore_arrivals(home.ledger, home.zone)


def test_a_record_of_another_delivery_is_found_by_reading_all(home: Home) -> None:
    delivery, other = home.land(1), home.land(2)
    path = home.zone.path(arrival_key(1))
    path.chmod(0o644)
    path.write_bytes(home.zone.open(arrival_key(2)).read())
    assert home.differences() == []
    assert home.differences(hashes=True) == [("arrival record damaged", other.delivery_id, False)]
    assert home.ledger.deliveries()[0].delivery == delivery


def test_a_landing_file_whose_arrival_nobody_knows_is_a_difference(home: Home) -> None:
    delivery = home.land(1, told=False, recorded=False)
    [found] = verify(home.ledger, [], home.zone)
    assert (found.kind, found.repairable) == ("landing file unknown", False)
    assert found.sentence.startswith(delivery.landing_key)


def test_repairing_again_writes_nothing(home: Home) -> None:
    delivery = home.land(1, told=False)
    repair(home.ledger, [logged(delivery)], home.zone)
    before = sorted(home.ledger.store.folder.iterdir())
    assert repair(home.ledger, [logged(delivery)], home.zone) == []
    assert sorted(home.ledger.store.folder.iterdir()) == before


def test_a_load_that_only_the_ledger_tells_of_is_loaded_by_the_next_run(home: Home) -> None:
    delivery = home.land(1)
    home.ledger.append([loaded(delivery)])
    assert home.differences() == [("loaded, not in the load log", delivery.delivery_id, False)]
    assert home.ledger.landed_not_loaded(set()) == [delivery]


def test_a_landing_file_that_is_gone_is_a_difference(home: Home) -> None:
    delivery = home.land(1)
    home.zone.path(delivery.landing_key).unlink()
    assert home.differences() == [("landing file missing", delivery.delivery_id, False)]


def test_a_landing_file_with_other_bytes_is_found_by_its_hash(home: Home) -> None:
    delivery = home.land(1)
    path = home.zone.path(delivery.landing_key)
    path.chmod(0o644)
    path.write_bytes(b"id\n7\n")
    assert home.differences() == []
    assert home.differences(hashes=True) == [("landing file changed", delivery.delivery_id, False)]


def test_an_unreadable_segment_is_a_difference_and_says_what_to_do(home: Home) -> None:
    delivery = home.land(1)
    [segment] = home.ledger.store.folder.iterdir()
    segment.write_bytes(b"PAR1")
    [lost, unknown] = verify(home.ledger, [logged(delivery)], home.zone)
    assert (lost.kind, unknown.kind) == ("unreadable segment", "unknown to the ledger")
    assert segment.name in lost.sentence
    assert "restore it from a backup" in lost.sentence
    home.ledger.set_aside(home.ledger.unreadable_segments())
    repair(home.ledger, [logged(delivery)], home.zone)
    assert home.differences(logged(delivery), hashes=True) == []
    assert (home.ledger.store.folder / f".{segment.name}.damaged").read_bytes() == b"PAR1"
    assert len(pd.read_parquet(home.ledger.store.folder)) == 2


def test_a_segment_that_is_missing_between_others_is_a_difference_until_they_are_merged(home: Home) -> None:
    for arrival in range(1, 6):
        home.land(arrival)
    segments = sorted(home.ledger.store.folder.iterdir())
    segments[1].unlink()
    segments[2].unlink()
    missing = [sentence for kind, sentence in home.sentences() if kind == "missing segment"]
    assert [sentence.split()[1] for sentence in missing] == ["000000000002", "000000000003"]
    restore_arrivals(home.ledger, home.zone)
    home.ledger.compact()
    assert home.differences() == []


def test_a_damaged_segment_that_merging_left_behind_makes_no_gap(home: Home) -> None:
    for arrival in range(1, 6):
        home.land(arrival)
    damaged = sorted(home.ledger.store.folder.iterdir())[1]
    damaged.write_bytes(b"")
    restore_arrivals(home.ledger, home.zone)
    home.ledger.compact()
    assert home.differences() == [("unreadable segment", None, True)]


def test_the_load_log_outweighs_an_earlier_verdict(home: Home) -> None:
    delivery = home.land(1)
    home.ledger.append([Event.of("rejected", delivery, NOW, reason="is damaged")])
    repair(home.ledger, [replace(logged(delivery), rows=5)], home.zone)
    [state] = home.ledger.deliveries()
    assert (state.state, state.rows, state.reason) == ("loaded", 5, None)
