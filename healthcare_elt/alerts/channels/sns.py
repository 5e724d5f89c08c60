"""A topic of AWS SNS, with the credentials of everything else that calls AWS."""

from __future__ import annotations

from healthcare_elt.alerts.channels.errors import ChannelError
from healthcare_elt.alerts.message import Message
from healthcare_elt.alerts.policy import SnsChannel
from healthcare_elt.settings import Settings

MOST_LETTERS_OF_SUBJECT = 100
MOST_BYTES = 250_000
"""SNS takes 256 KiB."""


def send(channel: SnsChannel, message: Message, settings: Settings) -> str:
    from healthcare_elt.aws.client import client
    from healthcare_elt.aws.errors import cause, code, is_of_aws

    text = f"{message.title}\n\n{message.text}".encode()[:MOST_BYTES].decode(errors="ignore")
    try:
        client("sns", is_patient=False).publish(
            TopicArn=channel.topic_arn, Subject=_subject(message.title), Message=text
        )
    except Exception as error:
        if not is_of_aws(error):
            raise
        if code(error) == "NotFound":
            raise ChannelError("there is no such topic; correct topic_arn") from None
        raise ChannelError(cause(error)) from None
    return "taken"


def _subject(title: str) -> str:
    """SNS takes ASCII, in one line and not long."""
    return title.encode("ascii", "replace").decode()[:MOST_LETTERS_OF_SUBJECT]
