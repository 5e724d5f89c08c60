"""What every inbox promises; each kind of it runs the same suite."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from aws_policy import PlatformRole

from healthcare_elt.aws.client import client
from healthcare_elt.landing import Inbox, InboxFile, discover
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.landing.inbox_s3 import S3Inbox
from healthcare_elt.pipeline import places
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.settings import Settings

ROWS = b"patient_id,gender,birth_date\nP1,F,1980-01-01\n"


class Sender:
    """Somebody who puts files into an inbox of one kind."""

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self.settings = settings
        self.inbox = inbox

    def put(self, name: str, content: bytes = ROWS) -> None:
        if self.settings.inbox_url:
            bucket, _, prefix = self.settings.inbox_url.removeprefix("s3://").partition("/")
            client("s3").put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=content)
            return
        file = self.settings.inbox / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def remove(self, name: str) -> None:
        if self.settings.inbox_url:
            bucket, _, prefix = self.settings.inbox_url.removeprefix("s3://").partition("/")
            client("s3").delete_object(Bucket=bucket, Key=f"{prefix}/{name}")
        else:
            (self.settings.inbox / name).unlink()


@pytest.fixture(params=["folder", "s3"])
def sender(request: pytest.FixtureRequest, home: Callable[..., Home]) -> Sender:
    """A new, empty inbox of each kind; that in S3 is opened with no more rights than the platform's role has."""
    if request.param == "folder":
        made = home()
        return Sender(made.settings, made.inbox)
    bucket = request.getfixturevalue("bucket")
    made = home(inbox_url=f"s3://{bucket}/inbox")
    inbox = places.inbox(made.settings, lambda: PlatformRole(bucket).bind(client("s3")))
    return Sender(made.settings, inbox)


def found(sender: Sender) -> list[InboxFile]:
    return list(discover(sender.inbox, Home(sender.settings).contracts, UTC).files)


def test_an_inbox_that_is_not_there_yet_is_empty(sender: Sender) -> None:
    discovery = discover(sender.inbox, Home(sender.settings).contracts, UTC)
    assert (discovery.files, discovery.unmatched, discovery.problems) == ((), (), ())


def test_a_file_is_found_with_its_system_its_name_and_its_size_and_gives_its_bytes(sender: Sender) -> None:
    sender.put("icon_health/deep/patients_2026-01-02.csv")
    (file,) = found(sender)
    assert (file.contract.name, file.name, file.bytes) == ("icon_health.patients", "deep/patients_2026-01-02.csv", 45)
    assert (file.delivery_date, file.dated) == (date(2026, 1, 2), True)
    assert abs(datetime.now(UTC).timestamp() - file.modified_ns / 1e9) < 60
    with file.open() as source:
        assert source.read() == ROWS
        assert file.is_unchanged(source)


def test_a_file_is_the_same_at_every_look_and_another_one_when_its_bytes_are(sender: Sender) -> None:
    sender.put("icon_health/patients_2026-01-02.csv")
    (first,), (again,) = found(sender), found(sender)
    assert first == again
    sender.put("icon_health/patients_2026-01-02.csv", ROWS.replace(b"P1", b"P2"))
    (other,) = found(sender)
    assert other != first
    with other.open() as source:
        source.read()
        assert not first.is_unchanged(source)
        assert not replace(other, bytes=other.bytes - 1).is_unchanged(source)
        assert other.is_unchanged(source)


def test_copies_in_progress_markers_and_hidden_folders_are_not_there(sender: Sender) -> None:
    for name in (".hidden/patients.csv", "_temporary/patients.csv", "patients.csv.part", "patients.csv~", "_SUCCESS"):
        sender.put(f"icon_health/{name}")
    sender.put("_top/patients.csv")
    discovery = discover(sender.inbox, Home(sender.settings).contracts, UTC)
    assert (discovery.files, discovery.unmatched, discovery.problems) == ((), (), ())


def test_what_nobody_claims_is_listed_and_a_name_that_no_log_can_hold_is_a_problem(sender: Sender) -> None:
    sender.put("lost.csv")
    sender.put("other/visits.csv")
    sender.put("icon_health/not\x07es.txt")
    sender.put("icon_health/patients\n1.csv")
    discovery = discover(sender.inbox, Home(sender.settings).contracts, UTC)
    assert discovery.unmatched == ("icon_health/not\\x07es.txt", "lost.csv", "other/visits.csv")
    assert [(each.name, each.reason[-9:]) for each in discovery.problems] == [("patients\\n1.csv", "rename it")]


def test_a_file_that_vanished_is_told_as_such(sender: Sender) -> None:
    sender.put("icon_health/patients_2026-01-02.csv")
    (file,) = found(sender)
    sender.remove("icon_health/patients_2026-01-02.csv")
    with pytest.raises(FileNotFoundError):
        file.open()


def test_deliveries_go_the_same_way_from_every_inbox(sender: Sender) -> None:
    home = Home(sender.settings)
    sender.put("icon_health/patients_2026-01-02.csv")
    sender.put("icon_health/again/patients_2026-01-02.csv")
    sender.put("icon_health/patients_2026-01-03.csv", b"gender\nF\n")
    report = land_deliveries(home, run_id="run")
    assert (len(report.landed), len(report.repeated), len(report.rejected), report.waiting) == (1, 1, 1, [])
    load_deliveries(home, run_id="run")
    # Within one second S3 tells no order.
    loaded, rejected = sorted(home.ledger.deliveries(), key=lambda state: state.state)
    assert [(state.state, state.bytes) for state in (loaded, rejected)] == [("loaded", 45), ("rejected", 9)]
    with home.zone.open(loaded.landing_key) as file:
        assert file.read() == ROWS
    assert not pending(home)


def test_a_folder_that_cannot_be_listed_is_told_in_one_sentence(home: Callable[..., Home]) -> None:
    made = home()
    made.settings.data.mkdir()
    for make in (lambda path: path.write_text(""), lambda path: path.symlink_to(path)):
        make(made.settings.inbox)
        with pytest.raises(UnreadableInbox, match=r"^The inbox .*/data/inbox cannot be read \(.*\); make it a folder"):
            discover(made.inbox, made.contracts, UTC)
        made.settings.inbox.unlink()


def test_a_file_that_was_replaced_by_one_of_the_same_size_and_moment_has_changed(home: Callable[..., Home]) -> None:
    made = home()
    path = made.settings.inbox / "icon_health" / "patients_2026-01-02.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(ROWS)
    (file,) = discover(made.inbox, made.contracts, UTC).files
    with file.open() as source:
        assert file.is_unchanged(source)
        other = path.with_name(".other")
        other.write_bytes(ROWS[::-1])
        os.utime(other, ns=(file.modified_ns, file.modified_ns))
        other.replace(path)
        assert not file.is_unchanged(source)


def test_a_file_that_leads_nowhere_stays_and_the_others_are_taken(home: Callable[..., Home]) -> None:
    made = home()
    folder = made.settings.inbox / "icon_health"
    folder.mkdir(parents=True)
    (folder / "patients_2026-01-01.csv").symlink_to(folder / "patients_2026-01-01.csv")
    (folder / "patients_2026-01-02.csv").write_bytes(ROWS)
    os.mkfifo(folder / "patients_2026-01-03.csv")
    (folder / "patients_2026-01-04.csv").symlink_to(folder / "gone.csv")
    discovery = discover(made.inbox, made.contracts, UTC)
    assert [file.name for file in discovery.files] == ["patients_2026-01-02.csv"]
    assert [each.name for each in discovery.problems] == ["patients_2026-01-01.csv", "patients_2026-01-04.csv"]
    for each in discovery.problems:
        assert each.reason.startswith("cannot be read (")
        assert each.reason.endswith("); mend or remove the link")


@pytest.mark.parametrize("key", ["icon_health//patients.csv", "icon_health/../patients.csv", "//x", "icon_health/./x"])
def test_a_key_that_no_file_name_can_be_is_a_problem_and_the_others_are_taken(
    bucket: str, home: Callable[..., Home], key: str
) -> None:
    made = home(inbox_url=f"s3://{bucket}")
    for name in (key, "icon_health/", "icon_health/patients_2026-01-02.csv"):
        client("s3").put_object(Bucket=bucket, Key=name, Body=b"" if name.endswith("/") else ROWS)
    discovery = discover(made.inbox, made.contracts, UTC)
    assert [file.name for file in discovery.files] == ["patients_2026-01-02.csv"]
    (problem,) = discovery.problems
    assert problem.reason.startswith("is a key that no file name can be")


def test_two_objects_of_one_name_size_and_second_are_two_files() -> None:
    """S3 tells whole seconds; the listing is written out here, since no server can be made to answer so."""
    listed = {"Key": "icon_health/patients.csv", "Size": 45, "LastModified": datetime(2026, 1, 2, tzinfo=UTC)}
    states = []
    for etag in ("one", "other", "one"):
        (entry,) = S3Inbox(SimpleNamespace(prefix="", objects=lambda etag=etag: [{**listed, "ETag": etag}])).entries([])
        states.append(entry.state())
    first, other, again = states
    assert first == again != other
    assert {state.modified_ns // 1_000_000_000 for state in states} == {int(listed["LastModified"].timestamp())}


def test_a_bucket_that_is_not_there_is_told_in_one_sentence(aws, home: Callable[..., Home]) -> None:
    made = home(inbox_url="s3://no-such-bucket/inbox")
    with pytest.raises(UnreadableInbox) as caught:
        pending(made)
    assert str(caught.value) == (
        "The inbox s3://no-such-bucket/inbox cannot be listed: there is no such bucket; create it or correct "
        "HEALTHCARE_ELT_INBOX_URL and run again."
    )
