"""The running number of encounters: normal and planted ones share it."""

from __future__ import annotations


class Numbering:
    def __init__(self) -> None:
        self._next = 1

    def take(self, count: int) -> int:
        """The first of `count` numbers that nobody else gets."""
        first = self._next
        self._next += count
        return first
