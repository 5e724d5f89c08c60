"""Others at work meanwhile: senders that still write, and second processes on the same home, landing zone or ledger.

Real processes take turns through pipes; nobody sleeps.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from deliveries import account, land_and_load, of_few_tables, put_all

from healthcare_elt.landing import FolderLandingZone, Landed, Outcome, Waiting, discover, land
from healthcare_elt.ledger import Event, Ledger
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.settings import load_settings

MakeHome = Callable[..., Home]
SPAWN = multiprocessing.get_context("spawn")
HEADER = "patient_id,gender,birth_date\n"
ROWS = [f"P{number},F,1980-01-01\n" for number in range(6)]


@contextmanager
def process(work: Callable[..., None], *arguments: Any) -> Iterator[Connection]:
    """Another process, and the pipe to it."""
    mine, theirs = SPAWN.Pipe()
    other = SPAWN.Process(target=work, args=(theirs, *arguments))
    other.start()
    theirs.close()
    try:
        yield mine
        other.join(60)
        assert other.exitcode == 0
    finally:
        other.kill()
        other.join()


def write_slowly(pipe: Connection, path: Path) -> None:
    """A piece for each word that comes in, and a word back when it is in the file."""
    with path.open("w") as file:
        for piece in (HEADER, *ROWS):
            pipe.recv()
            file.write(piece)
            file.flush()
            pipe.send("written")


def landing(home: Home, **options: Any) -> list[Outcome]:
    chosen = {"dates": None, "now": datetime.now(UTC), "start_date": date(2015, 1, 1), "settle_seconds": 3.0} | options
    found = discover(home.settings.inbox, home.contracts, UTC)
    return list(land(found, home.zone, home.ledger.known(), **chosen))


def test_a_file_that_a_slow_writer_has_not_ended_waits_until_it_has(home: MakeHome) -> None:
    made = of_few_tables(home())
    path = made.settings.inbox / "icon_health" / "patients_2026-01-02.csv"
    path.parent.mkdir(parents=True)
    with process(write_slowly, path) as writer:

        def more(*_: object) -> None:
            writer.send("write")
            assert writer.recv() == "written"

        more()
        while_settling = landing(made, sleep=more)
        while_read = landing(made, sleep=lambda _: None, on_progress=more)
        for outcomes in (while_settling, while_read):
            assert [type(outcome) for outcome in outcomes] == [Waiting]
            assert "is still being written; the next run takes it" in outcomes[0].reason
        assert not list(made.zone.keys())
        for _ in range(4):
            more()
    (landed,) = landing(made, sleep=lambda _: None)
    assert isinstance(landed, Landed)
    assert made.zone.open(landed.delivery.landing_key).read().decode() == HEADER + "".join(ROWS)


@pytest.mark.parametrize("same", ["nothing", "size", "size and moment"])
def test_a_file_replaced_while_it_is_read_waits_and_the_new_one_is_taken_whole(home: MakeHome, same: str) -> None:
    made = of_few_tables(home())
    path = made.settings.inbox / "icon_health" / "patients_2026-01-02.csv"
    path.parent.mkdir(parents=True)
    old, new = HEADER + ROWS[1], HEADER + (ROWS[2] if same.startswith("size") else "".join(ROWS))
    path.write_text(old)
    moment = path.stat().st_mtime_ns

    def replace(*_: object) -> None:
        draft = path.with_name(".draft")
        draft.write_text(new)
        os.utime(draft, ns=(moment, moment if same == "size and moment" else moment + 1_000_000_000))
        draft.replace(path)

    outcomes = landing(made, settle_seconds=0.0, on_progress=replace)
    assert [type(outcome) for outcome in outcomes] == [Waiting]
    assert not list(made.zone.keys())
    (landed,) = landing(made, settle_seconds=0.0)
    assert made.zone.open(landed.delivery.landing_key).read().decode() == new


def land_when_told(pipe: Connection, folder: str) -> None:
    home = of_few_tables(Home(load_settings()))
    assert str(home.settings.home) == folder
    pipe.send("ready")
    pipe.recv()
    land_deliveries(home, run_id="other")


def test_two_processes_that_land_the_same_files_land_them_once(home: MakeHome) -> None:
    undisturbed = of_few_tables(home("undisturbed"))
    put_all(undisturbed)
    land_and_load(undisturbed)
    made = of_few_tables(home("raced"))
    put_all(made)
    with (
        process(land_when_told, str(made.settings.home)) as one,
        process(land_when_told, str(made.settings.home)) as other,
    ):
        assert [one.recv(), other.recv()] == ["ready", "ready"]
        one.send("go")
        other.send("go")
        land_deliveries(made, run_id="mine")
    land_and_load(made)
    assert account(made) == account(undisturbed)


def commit_when_told(pipe: Connection, root: Path) -> None:
    zone = FolderLandingZone(root)
    pipe.send("ready")
    while key := pipe.recv():
        with zone.begin() as staging:
            staging.write(b"patient_id\n")
            pipe.send("written")
            pipe.recv()
            staging.commit(key)
        pipe.send(zone.open(key).read())


def test_two_processes_that_commit_the_same_delivery_both_find_it_there(tmp_path: Path) -> None:
    zone = FolderLandingZone(tmp_path)
    keys = [f"raw/plan/patients/{number}.csv" for number in range(20)]

    def both(word: str | None, *pipes: Connection) -> list[Any]:
        for pipe in pipes:
            pipe.send(word)
        return [pipe.recv() for pipe in pipes] if word else []

    with process(commit_when_told, tmp_path) as one, process(commit_when_told, tmp_path) as other:
        assert [one.recv(), other.recv()] == ["ready", "ready"]
        for key in keys:
            assert both(key, one, other) == ["written", "written"]
            assert both("commit", one, other) == [b"patient_id\n"] * 2
        both(None, one, other)
    assert sorted(zone.keys()) == sorted(keys)
    assert zone.clean() == 0


def append_and_merge(pipe: Connection, folder: Path, events: list[Event]) -> None:
    ledger = Ledger(folder)
    for number, event in enumerate(events, start=1):
        ledger.append([event])
        pipe.send(number)  # from now on nobody may find fewer
        if number % 3 == 0:
            ledger.compact()


def test_a_reader_finds_every_event_while_another_process_merges_them(home: MakeHome, tmp_path: Path) -> None:
    made = of_few_tables(home())
    put_all(made)
    land_deliveries(made, run_id="run")
    (first, *_) = made.ledger.deliveries()
    assert first.delivery
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    events = [Event.of("quarantined", first.delivery, moment, rows=1, run_id=str(number)) for number in range(60)]
    ledger, looks, told = Ledger(tmp_path / "ledger"), 0, 0
    with process(append_and_merge, ledger.store.folder, events) as merger:
        while told < len(events):
            while merger.poll():
                told = merger.recv()
            assert len(ledger.events()) >= told
            assert not ledger.unreadable_segments()
            looks += 1
    assert looks > 1
    assert {event.run_id for event in ledger.events()} == {str(number) for number in range(60)}
