"""The ledger as its users see it: appended, folded, compacted, exported."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from delivered import a_delivery

from healthcare_elt.landing import Delivery
from healthcare_elt.ledger import Event, EventKind, Ledger, LedgerError
from healthcare_elt.ledger.event import from_table

NOW = datetime(2026, 1, 9, 6, tzinfo=UTC)


def delivery(arrival: int, *, name: str = "patients.csv", day: int = 2, table: str = "patients") -> Delivery:
    return a_delivery(
        arrival, day=date(2026, 1, day), name=name, table=table, bytes=100 + arrival, modified_ns=1_000 + arrival
    )


def test_a_new_ledger_is_empty_and_makes_no_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.append([])
    assert ledger.events() == ledger.deliveries() == []
    assert ledger.known().next_arrival() == 1
    assert not ledger.store.folder.exists()


def test_an_event_comes_back_as_it_was_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    event = Event.of("loaded", delivery(1), NOW, rows=3, rejects=1, run_id="run")
    ledger.append([event])
    assert ledger.events() == [event]


def test_any_tool_reads_the_folder_while_a_segment_is_being_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append([Event.of("landed", delivery(1), NOW)])
    ledger.append([Event.of("loaded", delivery(1), NOW, rows=3)])
    (tmp_path / ".000000000003-half.parquet.tmp").write_bytes(b"PAR1")
    assert list(pd.read_parquet(tmp_path)["event"]) == ["landed", "loaded"]


def test_the_events_of_a_delivery_fold_into_its_state(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    first, second, third = delivery(1), delivery(2), delivery(3)
    ledger.append([Event.of("landed", each, NOW) for each in (first, second)])
    ledger.append([Event.of("rejected", third, NOW, reason="is empty")])
    ledger.append([Event.of("loaded", first, NOW + timedelta(hours=1), rows=7, rejects=2, run_id="run")])
    ledger.append([Event.of("quarantined", first, NOW + timedelta(hours=2), rows=4, run_id="one")])
    ledger.append([Event.of("quarantined", first, NOW + timedelta(hours=3), rows=1, run_id="two")])
    ledger.append([Event.of("superseded", first, NOW)])
    states = ledger.deliveries()
    assert [(state.state, state.rows, state.rejects, state.reason) for state in states] == [
        ("loaded", 7, 2, None),
        ("landed", None, None, None),
        ("rejected", None, None, "is empty"),
    ]
    assert (states[0].quarantined, states[0].superseded, states[0].loaded_at) == (1, True, NOW + timedelta(hours=1))
    assert [state.delivery for state in states] == [first, second, third]


def test_a_repeated_file_is_counted_once_however_often_it_is_told(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    repeat = Event.of("repeated", delivery(1, name="again.csv"), NOW)
    ledger.append([Event.of("landed", delivery(1), NOW), repeat])
    ledger.append([repeat, Event.of("repeated", delivery(1, name="and_again.csv"), NOW)])
    assert [state.repeated for state in ledger.deliveries()] == [2]
    assert [state.name for state in ledger.deliveries()] == ["patients.csv"]


def test_what_is_landed_and_not_in_the_load_log_waits_to_be_loaded(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    loaded, waiting, rejected = delivery(1), delivery(2), delivery(3)
    ledger.append([Event.of("landed", loaded, NOW), Event.of("landed", waiting, NOW)])
    ledger.append([Event.of("rejected", rejected, NOW, reason="is empty")])
    assert ledger.landed_not_loaded({loaded.delivery_id}) == [waiting]
    assert ledger.landed_not_loaded(set()) == [loaded, waiting]


def test_a_delivery_that_turns_out_unreadable_waits_no_longer(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append([Event.of("landed", delivery(1), NOW)])
    ledger.append([Event.of("rejected", delivery(1), NOW, reason="is damaged")])
    assert ledger.landed_not_loaded(set()) == []
    assert [state.state for state in ledger.deliveries()] == ["rejected"]


def test_landing_knows_files_deliveries_and_arrivals_of_the_past(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    early, late = delivery(4, day=1), delivery(3, day=8)
    ledger.append([Event.of("landed", early, NOW), Event.of("rejected", late, NOW, reason="is empty")])
    known = ledger.known()
    assert known.is_known_file("plan", "patients.csv", 104, 1_004)
    assert not known.is_known_file("plan", "patients.csv", 104, 1_005)
    assert known.has(late.delivery_id)
    assert max(known.places("plan", "patients")).sha256 == late.sha256
    assert not known.places("plan", "events")
    assert known.next_arrival() == 5


@pytest.mark.parametrize("kind", ["landed", "rejected", "repeated"])
def test_a_file_is_known_whatever_was_made_of_it(tmp_path: Path, kind: EventKind) -> None:
    known = Ledger(tmp_path).known()
    known.note(Event.of(kind, delivery(1, name="some.csv"), NOW))
    assert known.is_known_file("plan", "some.csv", 101, 1_001)


def test_what_is_noted_is_known_at_once(tmp_path: Path) -> None:
    known = Ledger(tmp_path).known()
    known.note(Event.of("landed", delivery(1), NOW))
    assert known.has(delivery(1).delivery_id)
    assert known.next_arrival() == 2


def test_compaction_leaves_one_file_with_the_same_events(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for arrival in range(1, 6):
        ledger.append([Event.of("landed", delivery(arrival), NOW)])
    before = ledger.events()
    assert ledger.compact() == 4
    assert ledger.events() == before
    assert len(list(tmp_path.iterdir())) == 1
    assert ledger.compact() == 0


def test_compaction_killed_before_it_removes_loses_and_doubles_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    for arrival in range(1, 6):
        ledger.append([Event.of("landed", delivery(arrival), NOW)])
    before, copies = ledger.events(), tmp_path / "copies"
    shutil.copytree(ledger.store.folder, copies)
    ledger.compact()
    for kept in sorted(copies.iterdir()):
        shutil.copy(kept, ledger.store.folder)
        assert ledger.events() == before
        assert len(ledger.deliveries()) == 5


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no Parquet at all"])
def test_an_unreadable_segment_is_reported_and_the_others_are_read(tmp_path: Path, content: bytes) -> None:
    ledger = Ledger(tmp_path)
    ledger.append([Event.of("landed", delivery(1), NOW)])
    ledger.append([Event.of("landed", delivery(2), NOW)])
    damaged = sorted(tmp_path.iterdir())[0]
    damaged.write_bytes(content)
    assert [event.arrival for event in ledger.events()] == [2]
    assert ledger.unreadable_segments() == (damaged.name,)
    ledger.append([Event.of("landed", delivery(3), NOW)])
    ledger.compact()
    assert damaged.exists()


def test_the_export_has_a_line_for_each_delivery(tmp_path: Path) -> None:
    ledger, target = Ledger(tmp_path / "ledger"), tmp_path / "out" / "ledger.csv"
    ledger.append([Event.of("landed", delivery(1), NOW), Event.of("loaded", delivery(1), NOW, rows=7, rejects=0)])
    ledger.append([Event.of("rejected", delivery(2), NOW, reason="is empty")])
    ledger.export_csv(target)
    found = list(csv.DictReader(target.open(newline="")))
    assert [(row["arrival"], row["state"], row["rows"], row["reason"]) for row in found] == [
        ("1", "loaded", "7", ""),
        ("2", "rejected", "", "is empty"),
    ]
    assert [path.name for path in target.parent.iterdir()] == ["ledger.csv"]


@pytest.mark.parametrize("name", ["=HYPERLINK(A1)", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_spreadsheet_runs_no_file_name_of_the_export(tmp_path: Path, name: str) -> None:
    ledger, target = Ledger(tmp_path / "ledger"), tmp_path / "ledger.csv"
    ledger.append([Event.of("landed", delivery(1, name=name), NOW)])
    ledger.export_csv(target)
    [row] = csv.DictReader(target.open(newline=""))
    assert row["name"] == "'" + name


def test_an_export_that_would_say_the_same_is_not_written(tmp_path: Path) -> None:
    ledger, target = Ledger(tmp_path / "ledger"), tmp_path / "ledger.csv"
    ledger.append([Event.of("landed", delivery(1), NOW)])
    ledger.export_csv(target)
    before = target.stat()
    ledger.export_csv(target)
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_ledger_that_cannot_be_written_says_where_and_what_to_do(tmp_path: Path) -> None:
    in_the_way = tmp_path / "ledger"
    in_the_way.write_text("a file")
    with pytest.raises(LedgerError, match=r"The ledger in .*ledger could not be written .*; free space or give"):
        Ledger(in_the_way).append([Event.of("landed", delivery(1), NOW)])


def test_an_event_needs_a_time_zone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Event(**{**vars(Event.of("landed", delivery(1), NOW)), "at": datetime(2026, 1, 9)})


def test_the_last_withdrawal_or_restoration_decides_and_none_is_lost(tmp_path: Path) -> None:
    ledger, first = Ledger(tmp_path / "ledger"), delivery(1)
    told: list[tuple[EventKind, str | None]] = [
        ("withdrawn", "one"), ("restored", None), ("withdrawn", "two"), ("restored", None), ("withdrawn", "three"),
    ]  # fmt: skip
    events = [
        Event.of(kind, first, NOW + timedelta(minutes=minute), reason=reason)
        for minute, (kind, reason) in enumerate(told, 1)
    ]
    ledger.append([Event.of("landed", first, NOW), Event.of("loaded", first, NOW, rows=3), *reversed(events)])
    (state,) = ledger.deliveries()
    assert (state.state, state.reason, state.rows) == ("withdrawn", "three", 3)
    assert state.withdrawn_at == events[-1].at
    ledger.append(events)
    assert len(ledger.events()) == 2 + len(told)
    ledger.append([Event.of("restored", first, NOW + timedelta(hours=1))])
    (state,) = ledger.deliveries()
    assert (state.state, state.reason, state.withdrawn_at) == ("loaded", None, None)


def test_a_withdrawn_delivery_does_not_wait_to_be_loaded(tmp_path: Path) -> None:
    ledger, first = Ledger(tmp_path / "ledger"), delivery(1)
    ledger.append([Event.of("landed", first, NOW), Event.of("withdrawn", first, NOW, reason="wrong")])
    assert ledger.landed_not_loaded(set()) == []
    assert ledger.known().has(first.delivery_id)


def test_a_delivery_is_superseded_as_long_as_its_rows_are(tmp_path: Path) -> None:
    ledger, first = Ledger(tmp_path / "ledger"), delivery(1)
    ledger.append([Event.of("loaded", first, NOW, rows=3), Event.of("superseded", first, NOW, rows=3, run_id="one")])
    assert ledger.deliveries()[0].superseded
    ledger.append([Event.of("superseded", first, NOW + timedelta(hours=1), rows=0, run_id="two")])
    assert not ledger.deliveries()[0].superseded


def test_no_row_of_a_withdrawn_delivery_is_in_quarantine_until_it_is_restored(tmp_path: Path) -> None:
    ledger, first = Ledger(tmp_path / "ledger"), delivery(1)
    ledger.append([Event.of("loaded", first, NOW, rows=3), Event.of("quarantined", first, NOW, rows=2, run_id="one")])
    ledger.append([Event.of("superseded", first, NOW, rows=3, run_id="one")])
    for minute, kind, told in ((1, "withdrawn", (None, False)), (2, "restored", (2, True))):
        ledger.append([Event.of(kind, first, NOW + timedelta(minutes=minute))])
        (state,) = ledger.deliveries()
        assert (state.quarantined, state.superseded) == told


def test_compaction_writes_an_event_again_a_few_times_and_not_each_time(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    keep, count = 4, 150
    written: list[int] = []
    write = ledger._segments.write

    def counted(table):
        written.append(table.num_rows)
        return write(table)

    ledger._segments.write = counted  # type: ignore[method-assign]
    for arrival in range(1, count + 1):
        ledger.append([Event.of("landed", delivery(arrival), NOW)])
        ledger.compact(keep)
        assert len(list(tmp_path.glob("*.parquet"))) <= keep
    assert len(ledger.deliveries()) == count
    assert sum(written) < 7 * count


def test_what_waits_is_told_without_telling_what_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    deliveries = [delivery(arrival) for arrival in range(1, 51)]
    ledger.append(Event.of("landed", each, NOW) for each in deliveries)
    told: list[int] = []
    monkeypatch.setattr(
        "healthcare_elt.ledger.ledger.from_table", lambda table: told.append(table.num_rows) or from_table(table)
    )
    loaded = {each.delivery_id for each in deliveries[:-1]}
    assert ledger.landed_not_loaded(loaded) == deliveries[-1:]
    assert told == [1]
    assert ledger.landed_not_loaded({each.delivery_id for each in deliveries}) == []
    assert told == [1]
