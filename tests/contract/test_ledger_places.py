"""What the ledger promises wherever its segments are: in a folder and in S3."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from aws_server import AwsServer
from delivered import a_delivery
from faulty_network import faulty_network
from pyarrow.fs import S3FileSystem
from s3_places import s3_ledger

from healthcare_elt.ledger import Event, Ledger, LedgerError

NOW = datetime(2026, 1, 9, 6, tzinfo=UTC)
Open = Callable[[], Ledger]


def landed(arrival: int) -> Event:
    return Event.of("landed", a_delivery(arrival), NOW)


@pytest.fixture(params=["folder", "s3"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same ledger, again and again."""
    if request.param == "folder":
        return lambda: Ledger(tmp_path / "ledger")
    bucket = request.getfixturevalue("s3_root")
    return lambda: s3_ledger(bucket, tmp_path)


def test_a_new_ledger_is_empty_and_makes_nothing(opened: Open) -> None:
    opened().append([])
    assert opened().events() == []
    assert opened().store.names() == []


def test_events_come_back_as_they_were_written(opened: Open) -> None:
    events = [landed(number) for number in range(1, 4)]
    for event in events:
        opened().append([event])
    assert opened().events() == events
    assert opened().known().next_arrival() == 4


def test_writers_that_do_not_know_of_each_other_lose_nothing(opened: Open) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: opened().append([landed(number)]), range(1, 17)))
    assert [event.arrival for event in opened().events()] == list(range(1, 17))
    assert not opened().missing_segments()


def test_merged_segments_tell_the_same(opened: Open) -> None:
    for number in range(1, 7):
        opened().append([landed(number)])
    before = opened().events()
    assert opened().compact() == 5
    assert opened().events() == before
    assert len(opened().store.names()) == 1


def test_a_reader_finds_every_event_while_another_writer_merges_them(opened: Open) -> None:
    opened().append([landed(1)])

    def append_and_merge() -> None:
        ledger = opened()
        for number in range(2, 21):
            ledger.append([landed(number)])
            ledger.compact()

    with ThreadPoolExecutor(1) as pool:
        merging, found = pool.submit(append_and_merge), 1
        while not merging.done():
            now = len(opened().events())
            assert now >= found
            found = now
        merging.result()
    assert len(opened().events()) == 20


def test_a_segment_that_is_gone_or_damaged_is_told_and_set_aside(opened: Open) -> None:
    for number in range(1, 4):
        opened().append([landed(number)])
    ledger = opened()
    first, second, _ = ledger.store.names()
    ledger.store.remove([first, second])
    ledger.store.create(first, b"PAR1")
    assert ledger.unreadable_segments() == (first,)
    ledger.set_aside([first])
    assert ledger.unreadable_segments() == ()
    assert ledger.store.read(f".{first}.damaged") == b"PAR1"
    assert [event.arrival for event in opened().events()] == [3]


def test_a_removed_segment_is_gone_also_for_who_has_read_it(opened: Open) -> None:
    store = opened().store
    store.create("000000000001-a.parquet", b"PAR1")
    assert store.read("000000000001-a.parquet") == b"PAR1"
    store.remove(["000000000001-a.parquet"])
    with pytest.raises(FileNotFoundError):
        store.read("000000000001-a.parquet")


def test_other_tools_read_the_ledger_in_s3(aws: AwsServer, bucket: str, tmp_path: Path) -> None:
    ledger = s3_ledger(bucket, tmp_path)
    ledger.append([landed(1)])
    ledger.append([landed(2)])
    ledger.store.create(".000000000003-half.parquet.damaged", b"PAR1")
    files = S3FileSystem(endpoint_override=aws.url.removeprefix("http://"), scheme="http")
    assert list(pd.read_parquet(f"{bucket}/metadata/ledger", filesystem=files)["arrival"]) == [1, 2]


def test_a_segment_whose_answer_is_lost_is_written_once(
    aws: AwsServer, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty_network(aws.url) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        network.fail("lose", lambda method, path: method == "PUT")
        s3_ledger(bucket, tmp_path).append([landed(1)])
        assert len(network.struck) == 1
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    assert len(s3_ledger(bucket, tmp_path).store.names()) == 1


def test_a_ledger_without_its_bucket_says_which_setting_is_wrong(aws: AwsServer, tmp_path: Path) -> None:
    ledger = s3_ledger("nobody-made-this-bucket", tmp_path)
    correct = "there is no such bucket; create it or correct HEALTHCARE_ELT_LEDGER_URL and run again."
    with pytest.raises(LedgerError, match=correct):
        ledger.events()
    with pytest.raises(LedgerError, match=correct):
        ledger.append([landed(1)])
