"""A queue says when to look; what is there to take is said by the listing alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from healthcare_elt.aws.client import client
from healthcare_elt.aws.queue import NoticeQueue, is_notification
from healthcare_elt.pipeline import watch as watching
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import Pending
from healthcare_elt.pipeline.summary import summarize
from healthcare_elt.pipeline.watch import Watch

ROWS = b"patient_id,gender,birth_date\nP1,F,1980-01-01\n"
RECORDS = {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "inbox/icon_health/x"}}}]}
EVENT = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": {"key": "x"}}}


class World:
    """A bucket whose inbox tells a queue of its objects, and who looks there."""

    def __init__(self, bucket: str, home: Callable[..., Home]) -> None:
        self.bucket = bucket
        self.sqs = client("sqs")
        self.url = self.sqs.create_queue(QueueName=bucket)["QueueUrl"]
        self.home = home(inbox_url=f"s3://{bucket}/inbox", inbox_queue_url=self.url)
        self.listings = 0
        events = self.home.inbox.place.client.meta.events
        events.register("provide-client-params.s3.ListObjectsV2", self._listed)
        self.watch = Watch()

    def notify(self) -> None:
        """Let S3 tell the queue itself."""
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        client("s3").put_bucket_notification_configuration(Bucket=self.bucket, NotificationConfiguration=told)

    def put(self, name: str) -> None:
        client("s3").put_object(Bucket=self.bucket, Key=f"inbox/icon_health/{name}", Body=ROWS)

    def say(self, body: Any) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body if isinstance(body, str) else json.dumps(body))

    def look(self) -> list[str]:
        return sorted(each.name for each in self.watch.look(self.home))

    def load(self) -> None:
        land_deliveries(self.home, run_id="run")
        load_deliveries(self.home, run_id="run")

    @property
    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in counts.values())

    def _listed(self, params: dict[str, Any], **_: Any) -> None:
        self.listings += 1


@pytest.fixture
def world(bucket: str, home: Callable[..., Home]) -> Iterator[World]:
    yield World(bucket, home)


def test_an_idle_inbox_is_listed_at_the_first_look_and_then_after_a_message_only(world: World) -> None:
    world.notify()
    assert world.look() == []
    listed = world.listings
    assert world.look() == [] and world.listings == listed
    world.put("patients_2026-01-02.csv")
    while not world.look():
        assert world.listings == listed, "it was listed, and the delivery was not found"
    assert world.look() == ["patients_2026-01-02.csv"]
    assert world.left == 0
    assert world.watch.problems == []
    world.load()
    assert world.look() == [], "a run has changed the ledger"
    listed = world.listings
    assert world.look() == [] and world.listings == listed


def test_a_lost_message_delays_a_delivery_and_a_new_process_begins_with_a_full_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.look() == []
    world.put("patients_2026-01-02.csv")
    assert world.look() == []
    with monkeypatch.context() as patch:
        patch.setattr(watching, "LISTING_SECONDS", -1.0)
        assert world.look() == ["patients_2026-01-02.csv"]
    world.put("patients_2026-01-03.csv")
    world.watch = Watch()
    assert world.look() == ["patients_2026-01-02.csv", "patients_2026-01-03.csv"]


def test_repeated_late_and_foreign_messages_take_nothing_twice(world: World) -> None:
    world.put("patients_2026-01-02.csv")
    for _ in range(25):
        world.say(RECORDS)
    assert world.look() == ["patients_2026-01-02.csv"]
    assert world.left == 0
    world.load()
    world.say(RECORDS)
    assert world.look() == []
    (state,) = world.home.ledger.deliveries()
    assert (state.state, state.repeated) == ("loaded", 0)


def test_a_message_outlives_a_look_that_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.look() == []
    world.put("patients_2026-01-02.csv")
    world.say(RECORDS)

    def fails(home: Home) -> set[Pending]:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(watching, "pending_deliveries", fails)
        with pytest.raises(ConnectionError):
            world.look()
    assert world.left == 1
    assert world.look() == ["patients_2026-01-02.csv"], "it does not wait until the message comes again"


def test_broken_messages_are_told_once_deleted_and_counted_in_the_status(world: World) -> None:
    for body in ("no JSON {", {"other": "shape"}, [1]):
        world.say(body)
    world.say(RECORDS)
    world.put("patients_2026-01-02.csv")
    assert world.look() == ["patients_2026-01-02.csv"]
    assert len(world.watch.problems) == 3
    assert all("was no notification of S3; it was passed over." in each for each in world.watch.problems)
    assert world.left == 0
    assert world.look() == ["patients_2026-01-02.csv"] and world.watch.problems == []
    world.say("again {")
    world.look()
    (sentence,) = summarize(world.home).inbox_problems
    assert sentence.startswith("4 messages of the inbox's queue were no notification of S3, the last at 20")


def test_without_its_queue_the_inbox_is_listed_at_every_look(world: World) -> None:
    vars(world.home)["queue"] = NoticeQueue(world.sqs, f"{world.url}-gone")
    for number in (1, 2):
        world.put(f"patients_2026-01-0{number}.csv")
        assert len(world.look()) == number
        (sentence,) = world.watch.problems
        assert sentence == (
            f"The queue {world.url}-gone cannot be read: there is no such queue; create it or correct "
            "HEALTHCARE_ELT_INBOX_QUEUE_URL and run again."
        )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (RECORDS, True),
        (EVENT, True),
        ({"Type": "Notification", "Message": json.dumps(RECORDS)}, True),
        ({"Type": "Notification", "Message": json.dumps({"Event": "s3:TestEvent"})}, True),
        ({"Event": "s3:TestEvent", "Bucket": "x"}, True),
        ({"Type": "Notification", "Message": "hello"}, False),
        ({"Records": [{"eventSource": "aws:sns"}]}, False),
        ({"Records": "x"}, False),
        ("text", False),
        (None, False),
    ],
)
def test_notifications_are_known_however_they_are_wrapped(body: Any, expected: bool) -> None:
    assert is_notification(json.dumps(body)) == expected


def test_no_text_however_nested_stops_the_look() -> None:
    assert not is_notification("[" * 100_000)
