"""What keeps a channel from taking a message: one sentence of ours, without addresses that are secret."""

from __future__ import annotations

SECONDS = 5.0
"""How long a channel may take to connect, and to answer one word."""


class ChannelError(Exception):
    """A message was not taken.

    Args:
        sentence: why, and what to do.
        retry_after: seconds that the channel asks to be left alone; None if it did not say.
    """

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
