"""Sending what waits, on all channels at once, in bounded time.

Here belongs when a channel is tried, and what is noted of it. A message that was not taken waits for its channel's next
turn and goes out with whatever waits by then.

An attempt is written into the book before it is made, as if it had failed. A process that is killed between sending and
writing down the success therefore sends the same message (with the same id) once more, after the usual pause: every
message arrives at least once, and no crash makes a flood of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from healthcare_elt.alerts.book import Book, ChannelState
from healthcare_elt.alerts.channels import send
from healthcare_elt.alerts.channels.errors import ChannelError
from healthcare_elt.alerts.message import Message, compose
from healthcare_elt.alerts.policy import Policy
from healthcare_elt.pipeline.errors import sentence_of
from healthcare_elt.settings import Settings
from healthcare_elt.side_by_side import side_by_side

MOST_NOTES = 30
"""Of one message, so that Slack takes it whole; the others go out with the next."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
HOUR = timedelta(hours=1)
LONGEST_SENDING = 20.0
"""Seconds for all channels together."""


@dataclass(frozen=True)
class Sent:
    """What came of one message on one channel."""

    ok: bool
    sentence: str
    retry_after: float | None = None
    """Seconds that the channel asked to be left alone."""


Sender = Callable[[Message], str]
"""What came of it in a few words; raises if it was not taken."""


def deliver(book: Book, policy: Policy, settings: Settings, now: datetime, save: Callable[[], None]) -> dict[str, Sent]:
    """Send what is due; what came of it, by channel.

    Args:
        save: writes the book down; if it fails nothing is sent.
    """
    due = {name: state for name, state in book.channels.items() if _is_due(state, policy, now)}
    if not due:
        return {}
    messages = {name: compose(state.notes[:MOST_NOTES], settings, state.dropped) for name, state in due.items()}
    for state in due.values():
        _note_attempt(state, now)
    save()
    outcome = send_all({name: (policy_sender(policy, name, settings), messages[name]) for name in due})
    for name, sent in outcome.items():
        _note_outcome(due[name], sent, now)
    save()
    return outcome


def policy_sender(policy: Policy, name: str, settings: Settings) -> Sender:
    return partial(send, policy.channels[name], settings=settings)


def send_all(work: Mapping[str, tuple[Sender, Message]], seconds: float = LONGEST_SENDING) -> dict[str, Sent]:
    """Each message on its channel, side by side; one that is not done in time has failed, and is not waited for."""
    results = side_by_side({name: partial(sender, message) for name, (sender, message) in work.items()}, seconds)
    return {name: _sent(result, seconds) for name, result in results.items()}


def _sent(result: str | Exception, seconds: float) -> Sent:
    match result:
        case str():
            return Sent(True, result)
        case ChannelError():
            return Sent(False, str(result), result.retry_after)
        case TimeoutError():
            return Sent(False, f"it was not done within {seconds:.0f} seconds; look whether the server is up")
        case _:
            return Sent(False, sentence_of(result, None))


def _is_due(state: ChannelState, policy: Policy, now: datetime) -> bool:
    state.sent_at = [moment for moment in state.sent_at if now - HOUR < moment <= now]
    # No pause is longer than twice the longest: then the clock was ahead and has been set back.
    waits = state.retry_at is not None and now < state.retry_at < now + 2 * LONGEST_PAUSE
    return bool(state.notes) and not waits and len(state.sent_at) < policy.messages_per_hour


def _note_attempt(state: ChannelState, now: datetime) -> None:
    state.failures += 1
    state.failing_since = state.failing_since or now
    state.retry_at = now + _pause(state.failures)
    state.why = "the process was stopped while it sent"


def _note_outcome(state: ChannelState, sent: Sent, now: datetime) -> None:
    if sent.ok:
        del state.notes[:MOST_NOTES]
        state.sent_at.append(now)
        state.dropped, state.failures, state.failing_since, state.retry_at, state.why = 0, 0, None, None, ""
        return
    state.why = sent.sentence
    if sent.retry_after is not None:
        asked = now + min(timedelta(seconds=sent.retry_after), LONGEST_PAUSE)
        state.retry_at = max(asked, state.retry_at or now)


def _pause(failures: int) -> timedelta:
    """Longer after every failure, and never quite the same."""
    return min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE) * random.uniform(0.75, 1.25)
