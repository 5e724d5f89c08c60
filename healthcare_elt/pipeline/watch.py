"""What is pending, asked again and again by one process, as cheaply as it can be.

- While inbox and ledger are as they were, neither landing zone nor warehouse is asked.
- Where a queue tells of new objects, the inbox itself is listed only after a message, when the ledger has changed,
  every `LISTING_SECONDS`, and at the first look of a process. Messages are deleted after the look that they caused.
- All of it is kept in memory: a new process begins with a full look, so nothing rests on what was remembered.

Here belongs when to look, and what of it is to be told. What a look finds is `pending`.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from healthcare_elt.atomic import replace_file
from healthcare_elt.aws.queue import Notices
from healthcare_elt.landing import why_unmatched
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import look
from healthcare_elt.pipeline.pending import Pending, pending_deliveries
from healthcare_elt.settings import Settings

LISTING_SECONDS = 3600.0
"""A message that was lost delays a delivery so long, and no longer."""


@dataclass(frozen=True)
class BrokenMessages:
    """Messages of the queue that were no notification of S3."""

    count: int
    last: str
    """When the last one came, UTC."""


class Watch:
    """The inbox of one home under the eyes of one process."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        """What the last look could not take, a sentence each."""
        self._of_listing: list[str] = []
        self._seen: object = None
        self._found: set[Pending] = set()
        self._ledger: list[str] | None = None
        self._listed_at = float("-inf")

    def look(self, home: Home) -> set[Pending]:
        """What is pending.

        Raises:
            WarehouseLocked: another process holds the warehouse.
            UnreadableInbox: the inbox cannot be listed.
        """
        self.problems = []
        notices = self._notices(home)
        ledger = home.ledger.store.names()
        if notices is None or notices.handles or ledger != self._ledger or self._is_long_ago():
            self._list(home, ledger)
        self.problems += self._of_listing
        if notices:
            self._done(home, notices)
        return self._found

    def _notices(self, home: Home) -> Notices | None:
        """None if there is no queue, or none that answers: then the inbox is listed."""
        if not home.queue:
            return None
        try:
            return home.queue.receive()
        except UnreadableInbox as error:
            self.problems.append(str(error))
            return None

    def _is_long_ago(self) -> bool:
        return time.monotonic() - self._listed_at > LISTING_SECONDS

    def _list(self, home: Home, ledger: list[str]) -> None:
        self._ledger = None  # a look that fails is begun again by the next
        begun, discovery = time.monotonic(), look(home)
        self._of_listing = [
            *(f"{each.system}/{each.name} {each.reason}." for each in discovery.problems),
            *(f"{name} {why_unmatched(name, home.contracts)}." for name in discovery.unmatched),
        ]
        files = {(file.contract.system, file.name, file.bytes, file.modified_ns) for file in discovery.files}
        if (files, ledger) != self._seen:
            self._found = pending_deliveries(home)
        self._seen, self._ledger, self._listed_at = (files, ledger), ledger, begun

    def _done(self, home: Home, notices: Notices) -> None:
        for message in notices.broken:
            self.problems.append(f"Message {message} of the queue was no notification of S3; it was passed over.")
        _count(home.settings, len(notices.broken))
        try:
            home.queue.delete(notices)
        except UnreadableInbox as error:
            self.problems.append(str(error))


def broken_messages(settings: Settings) -> BrokenMessages | None:
    """How many there ever were; None if there was none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(settings.broken_messages.read_text("utf-8"))
        return BrokenMessages(int(found["count"]), str(found["last"]))
    return None


def _count(settings: Settings, more: int) -> None:
    if not more:
        return
    before = broken_messages(settings)
    told = {"count": more + (before.count if before else 0), "last": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
    replace_file(settings.broken_messages, json.dumps(told).encode())
