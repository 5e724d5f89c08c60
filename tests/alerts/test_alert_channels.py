"""Every channel hands a message over to a real server, and says in a sentence without secrets why it could not."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from alert_servers import LOCALHOST, PASSWORD, SECRET_PATH, Receiver, mailbox
from aws_server import AwsServer
from pydantic import TypeAdapter

from healthcare_elt.alerts.book import Note
from healthcare_elt.alerts.channels import errors, send
from healthcare_elt.alerts.channels.errors import ChannelError
from healthcare_elt.alerts.deliver import MOST_NOTES, send_all
from healthcare_elt.alerts.incident import Incident
from healthcare_elt.alerts.message import Message, compose
from healthcare_elt.alerts.policy import Channel
from healthcare_elt.aws.client import client
from healthcare_elt.settings import SettingsError, load_settings

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEXT = "A run of <daily_elt> failed & more.\nSince …"
MESSAGE = Message("id-1", "healthcare-elt: 2 new", TEXT, [{"key": "run_failed/x"}])


def channel(**options: object) -> Channel:
    return TypeAdapter(Channel).validate_python(options)


@pytest.fixture
def hand_over(monkeypatch: pytest.MonkeyPatch):
    """`hand_over(type, url, **options)`: what the channel said."""

    def over(type: str, url: str | None = None, **options: object) -> str:
        if url:
            monkeypatch.setenv("PLANTED_URL", url)
            options["url"] = "env:PLANTED_URL"
        return send(channel(type=type, **options), MESSAGE, load_settings())

    return over


def test_slack_gets_one_text_in_which_nothing_is_markup_by_accident(hook: Receiver, hand_over) -> None:
    assert hand_over("slack", hook.url) == "taken"
    (body,) = hook.taken
    assert body == {"text": "*healthcare-elt: 2 new*\nA run of &lt;daily_elt&gt; failed &amp; more.\nSince …"}


def test_slack_gets_all_notes_of_the_longest_message(
    hook: Receiver, hand_over, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = [f"payer_transitions_{number:02}" for number in range(18)]
    late = Incident(
        key="delivery_late", event="delivery_late", severity="warning", since=NOW, latest=NOW, link="/runs/" + 36 * "f",
        what=f"synthea is late for 2026-01-05: {', '.join(tables)} are missing.",
        deliveries=tuple(f"synthea.{table} 2026-01-05 (0123abcd)" for table in tables),
        next="healthcare-elt quarantine list synthea.payer_transitions",
    )  # fmt: skip
    notes = [Note(kind="new", at=NOW, incident=late)] * MOST_NOTES
    monkeypatch.setattr(sys.modules[__name__], "MESSAGE", compose(notes, load_settings()))
    assert hand_over("slack", hook.url) == "taken"
    assert hook.taken[0]["text"].count("Since ") == MOST_NOTES
    assert hook.taken[0]["text"].endswith("f")


def test_a_webhook_gets_the_text_and_the_notes_as_values(hook: Receiver, hand_over) -> None:
    assert hand_over("webhook", hook.url) == "taken"
    (body,) = hook.taken
    assert (body["id"], body["notes"]) == ("id-1", [{"key": "run_failed/x"}])


@pytest.mark.parametrize(
    ("status", "headers", "words", "retry_after"),
    [
        (500, {}, "the server answered 500; look at that server", None),
        (404, {}, "the server answered 404; correct the url", None),
        (302, {"Location": "http://127.0.0.1:1/"}, "the server answered 302; correct the url", None),
        (429, {"Retry-After": "90"}, "the server answered 429: it wants fewer messages", 90),
        (429, {"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}, "it wants fewer messages", None),
    ],
)
def test_a_server_that_refuses_is_told_without_its_address(
    hook: Receiver, hand_over, status: int, headers: dict[str, str], words: str, retry_after: float | None
) -> None:
    hook.status, hook.headers = status, headers
    for kind in ("slack", "webhook"):
        with pytest.raises(ChannelError, match=words) as refused:
            hand_over(kind, hook.url)
        assert refused.value.retry_after == retry_after
        assert SECRET_PATH not in str(refused.value)
    assert hook.asked == 2


def test_a_server_that_is_slow_or_gone_is_given_up(hook: Receiver, hand_over, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthcare_elt.alerts.channels.post.SECONDS", 0.2)
    hook.is_slow = True
    with pytest.raises(ChannelError, match="did not answer within"):
        hand_over("slack", hook.url)
    with socket.socket() as taken:
        taken.bind((LOCALHOST, 0))
        closed = taken.getsockname()[1]
        with pytest.raises(ChannelError, match="cannot be reached") as refused:
            hand_over("slack", f"http://{LOCALHOST}:{closed}/{SECRET_PATH}")
    assert SECRET_PATH not in str(refused.value)
    with pytest.raises(ChannelError, match="the url is none"):
        hand_over("slack", f"nowhere/{SECRET_PATH}")


def test_no_log_holds_the_address_of_a_webhook(hook: Receiver, hand_over, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hand_over("slack", hook.url)
    assert SECRET_PATH not in caplog.text


def mail_options(port: int, tls: str, *, login: bool) -> dict[str, object]:
    who = {"user": "elt", "password": "env:PLANTED_PASSWORD"} if login else {}
    to = ["one@example.org", "two@example.org"]
    return {"host": LOCALHOST, "port": port, "tls": tls, "sender": "elt@example.org", "to": to, **who}


@pytest.mark.parametrize("login", [False, True], ids=["without login", "with login"])
@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
def test_mail_arrives_with_every_kind_of_tls_and_login(
    certificate: Path, hand_over, monkeypatch: pytest.MonkeyPatch, tls: str, login: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("PLANTED_PASSWORD", PASSWORD)
    with mailbox(tls, certificate, login=login) as box:
        assert hand_over("smtp", **mail_options(box.port, tls, login=login)) == "taken"
    (mail,) = box.mails
    assert mail["Subject"] == MESSAGE.title
    assert mail["To"] == "one@example.org, two@example.org"
    assert mail["Message-ID"] == "<id-1@healthcare-elt>"
    assert "A run of <daily_elt> failed & more.\nSince …" in mail.get_content().replace("\r\n", "\n")
    assert box.logins == (["elt"] if login else [])


def test_a_mail_server_that_refuses_is_told_without_its_words(
    certificate: Path, hand_over, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_PASSWORD", "not the password")
    with mailbox("none", certificate, login=True) as box:
        with pytest.raises(ChannelError, match="does not take the login; correct user and password"):
            hand_over("smtp", **mail_options(box.port, "none", login=True))
        with pytest.raises(ChannelError, match="refuses the sender or every address; correct sender and to, or log in"):
            hand_over("smtp", **mail_options(box.port, "none", login=False))
    with mailbox("none", certificate) as box:
        box.answer = "451 try later, John Doe"
        with pytest.raises(ChannelError, match="the mail server answered 451; look at that server") as refused:
            hand_over("smtp", **mail_options(box.port, "none", login=False))
        assert "John" not in str(refused.value)
        with pytest.raises(ChannelError, match="does not offer STARTTLS or a login"):
            hand_over("smtp", **mail_options(box.port, "starttls", login=False))
        with pytest.raises(ChannelError, match="does not speak TLS on that port"):
            hand_over("smtp", **mail_options(box.port, "tls", login=False))
        box.answer, box.refused = "250 OK", ("two@example.org",)
        assert hand_over("smtp", **mail_options(box.port, "none", login=False)) == "taken, but not for 1 of 2 addresses"
    assert not box.logins
    with pytest.raises(ChannelError, match=rf"the mail server {LOCALHOST} cannot be reached on port {box.port}"):
        hand_over("smtp", **mail_options(box.port, "none", login=False))


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_nothing(
    certificate: Path, hand_over, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setenv("PLANTED_PASSWORD", PASSWORD)
    with mailbox(tls, certificate, login=True) as box, pytest.raises(ChannelError, match="certificate is not trusted"):
        hand_over("smtp", **mail_options(box.port, tls, login=True))
    assert not box.logins
    assert not box.mails


def test_a_topic_of_sns_passes_the_message_on(aws: AwsServer, hand_over) -> None:
    topic = client("sns").create_topic(Name=f"alerts-{uuid4().hex[:8]}")["TopicArn"]
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName=f"alerts-{uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert hand_over("sns", topic_arn=topic) == "taken"
    (got,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    body = json.loads(got["Body"])
    assert (body["Subject"], body["Message"]) == (MESSAGE.title, f"{MESSAGE.title}\n\n{MESSAGE.text}")


def test_a_topic_that_refuses_says_what_to_grant_and_is_asked_once(
    aws: AwsServer, hook: Receiver, hand_over, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = "arn:aws:sns:us-east-1:000000000000:nowhere"
    with pytest.raises(ChannelError, match="there is no such topic; correct topic_arn"):
        hand_over("sns", topic_arn=arn)
    monkeypatch.setenv("AWS_ENDPOINT_URL", hook.url)
    for status, code, words in (
        (403, "AuthorizationError", "it is not allowed; grant sns:Publish there"),
        (503, "ServiceUnavailable", "AWS stays too busy"),
    ):
        hook.status = status
        hook.words = f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode()
        with pytest.raises(ChannelError, match=words):
            hand_over("sns", topic_arn=arn)
    assert hook.asked == 2


def test_a_secret_that_is_not_there_fails_its_channel_alone(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_URL", hook.url)
    settings = load_settings()
    ways = {
        name: channel(type="slack", url=f"env:{variable}")
        for name, variable in (("right", "PLANTED_URL"), ("wrong", "NOT_SET_ANYWHERE"))
    }
    work = {name: (partial(send, way, settings=settings), MESSAGE) for name, way in ways.items()}
    sent = send_all(work)
    assert sent["right"].ok
    assert not sent["wrong"].ok
    assert re.match(r"The secret env:NOT_SET_ANYWHERE is not set", sent["wrong"].sentence)
    with pytest.raises(SettingsError):
        send(ways["wrong"], MESSAGE, settings)


def test_all_channels_together_take_no_longer_than_they_may(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    never = {"slow": (lambda _: hook.answer.wait() and "taken", MESSAGE), "quick": (lambda _: "taken", MESSAGE)}
    sent = send_all(never, seconds=0.1)
    assert sent["quick"].ok
    assert sent["slow"].sentence.startswith("it was not done within")
    assert errors.SECONDS < 20
