"""Notifications of S3 in a queue of SQS: they say that something came, and are never asked what.

Here belongs taking messages and telling those that are no notification. When to look, and what to take then, is
`pipeline.watch`: the listing of the inbox decides, so a message that is lost, repeated or late changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from healthcare_elt.aws.errors import told_as
from healthcare_elt.landing.errors import UnreadableInbox

SETTING = "HEALTHCARE_ELT_INBOX_QUEUE_URL"
AT_ONCE = 10
MOST_CALLS = 100
"""A look takes at most a thousand messages; the next look takes the rest."""
HIDDEN_SECONDS = 300
"""A message comes again after this, unless it was deleted."""


@dataclass(frozen=True)
class Notices:
    """Messages that are hidden from others for a while."""

    handles: tuple[str, ...]
    """By which each is deleted."""
    broken: tuple[str, ...]
    """Ids of those that are no notification of S3."""


@dataclass(frozen=True)
class NoticeQueue:
    """A queue that S3 tells of new objects, by itself, through SNS or through EventBridge."""

    client: Any
    url: str

    def receive(self) -> Notices:
        """All that wait, in any order.

        Raises:
            UnreadableInbox: AWS refused.
        """
        messages: list[dict[str, Any]] = []
        with told_as(UnreadableInbox, f"The queue {self.url} cannot be read", SETTING):
            for _ in range(MOST_CALLS):
                answer = self.client.receive_message(
                    QueueUrl=self.url, MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=1
                )
                messages += answer.get("Messages", [])
                if len(answer.get("Messages", [])) < AT_ONCE:
                    break
        return Notices(
            tuple(each["ReceiptHandle"] for each in messages),
            tuple(each["MessageId"] for each in messages if not is_notification(each["Body"])),
        )

    def examine(self) -> None:
        """Ask for a message, and leave it to others at once.

        Raises:
            UnreadableInbox: AWS refused.
        """
        with told_as(UnreadableInbox, f"The queue {self.url} cannot be read", SETTING):
            self.client.receive_message(QueueUrl=self.url, VisibilityTimeout=0)

    def delete(self, notices: Notices) -> None:
        """Broken ones too: nothing can be lost with a message, and nobody could mend it.

        Raises:
            UnreadableInbox: AWS refused; they come again.
        """
        with told_as(UnreadableInbox, f"The queue {self.url} cannot be emptied of what was read", SETTING):
            for start in range(0, len(notices.handles), AT_ONCE):
                entries = [
                    {"Id": str(number), "ReceiptHandle": handle}
                    for number, handle in enumerate(notices.handles[start : start + AT_ONCE])
                ]
                self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)


def is_notification(body: str) -> bool:
    """True for what S3 tells, also wrapped by SNS or EventBridge, and for the test event of a new configuration."""
    told = _object(body)
    if told.get("Type") == "Notification":
        told = _object(told.get("Message"))
    if told.get("Event") == "s3:TestEvent" or told.get("source") == "aws.s3":
        return True
    records = told.get("Records")
    return isinstance(records, list) and all(
        isinstance(each, dict) and each.get("eventSource") == "aws:s3" for each in records
    )


def _object(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
