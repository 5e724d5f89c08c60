"""Whether ledger, load log and landing zone agree, and what mends them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from healthcare_elt.landing import Delivery, FolderLandingZone, delivery_id
from healthcare_elt.ledger import Event, Ledger, repair, verify
from healthcare_elt.warehouse import LoadLogEntry

NOW = datetime(2026, 1, 9, 6, tzinfo=UTC)


@dataclass
class Home:
    ledger: Ledger
    zone: FolderLandingZone

    def land(self, arrival: int, *, told: bool = True) -> Delivery:
        content = f"id\n{arrival}\n".encode()
        sha256, day = hashlib.sha256(content).hexdigest(), date(2026, 1, 2)
        landed = Delivery(
            delivery_id=delivery_id("plan", "patients", day, sha256),
            system="plan",
            table="patients",
            delivery_date=day,
            arrival=arrival,
            sha256=sha256,
            bytes=len(content),
            name=f"patients_{arrival}.csv",
            landing_key=f"raw/{arrival}.csv",
            format="csv",
            compression="none",
            encoding="utf-8",
            delimiter=",",
            columns=("id",),
            new_columns=(),
            modified_ns=arrival,
            warnings=(),
        )
        with self.zone.begin() as staging:
            staging.write(content)
            staging.commit(landed.landing_key)
        if told:
            self.ledger.append([Event.of("landed", landed, NOW)])
        return landed

    def differences(self, *log: LoadLogEntry, hashes: bool = False) -> list[tuple[str, str | None, bool]]:
        found = verify(self.ledger, log, self.zone, hashes=hashes)
        return [(difference.kind, difference.delivery_id, difference.repairable) for difference in found]


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
    assert repair(home.ledger, [logged(done)]) == []
    assert home.ledger.landed_not_loaded({done.delivery_id}) == [waiting]


def test_a_load_that_the_ledger_missed_is_written_into_it(home: Home) -> None:
    delivery = home.land(1)
    assert home.differences(logged(delivery)) == [("loaded, not in the ledger", delivery.delivery_id, True)]
    assert repair(home.ledger, [logged(delivery)]) == [loaded(delivery)]
    assert home.differences(logged(delivery)) == []


def test_a_delivery_that_the_ledger_lost_comes_back_from_the_load_log(home: Home) -> None:
    delivery = home.land(1, told=False)
    assert home.differences(logged(delivery)) == [("unknown to the ledger", delivery.delivery_id, True)]
    repair(home.ledger, [logged(delivery)])
    [state] = home.ledger.deliveries()
    assert (state.state, state.rows, state.delivery) == ("loaded", 1, delivery)


def test_repairing_again_writes_nothing(home: Home) -> None:
    delivery = home.land(1, told=False)
    repair(home.ledger, [logged(delivery)])
    before = sorted(home.ledger.folder.iterdir())
    assert repair(home.ledger, [logged(delivery)]) == []
    assert sorted(home.ledger.folder.iterdir()) == before


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
    [segment] = home.ledger.folder.iterdir()
    segment.write_bytes(b"PAR1")
    [lost, unknown] = verify(home.ledger, [logged(delivery)], home.zone)
    assert (lost.kind, unknown.kind) == ("unreadable segment", "unknown to the ledger")
    assert segment.name in lost.sentence
    assert "restore it from a backup" in lost.sentence


def test_the_load_log_outweighs_an_earlier_verdict(home: Home) -> None:
    delivery = home.land(1)
    home.ledger.append([Event.of("rejected", delivery, NOW, reason="is damaged")])
    repair(home.ledger, [replace(logged(delivery), rows=5)])
    [state] = home.ledger.deliveries()
    assert (state.state, state.rows, state.reason) == ("loaded", 5, None)
