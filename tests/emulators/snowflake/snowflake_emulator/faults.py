"""Faults on demand: what happens to the next statement that matches a regular expression, once.

- `drop`: it is executed, then the connection is dropped without an answer, and so is every retry of that request: the
  client gives up without knowing that it succeeded.
- `truncate`: it is executed, and the connection dropped in mid-answer, which the connector does not retry.
- `timeout`: it is not executed; the answer is that the statement reached its timeout (error 604).
- `expired`: it is not executed; the answer is that the authentication has expired (error 390114).
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["drop", "truncate", "timeout", "expired"]

ANSWERS: dict[str, tuple[str, str, str]] = {
    "timeout": ("000604", "57014", "SQL execution canceled: statement reached its statement or warehouse timeout."),
    "expired": ("390114", "08001", "Authentication token has expired. The user must authenticate again."),
}


@dataclass
class Faults:
    """The faults that wait for their statement."""

    waiting: list[tuple[re.Pattern[str], Kind]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, pattern: str, kind: str) -> None:
        """Raises ValueError for an unknown kind and re.error for a pattern that is none."""
        if kind not in get_args(Kind):
            raise ValueError(f"fault must be one of {', '.join(get_args(Kind))}, not {kind}")
        with self._lock:
            self.waiting.append((re.compile(pattern, re.I | re.S), kind))

    def clear(self) -> None:
        with self._lock:
            self.waiting.clear()

    def next_for(self, statement: str) -> Kind | None:
        """Takes the first fault that matches."""
        with self._lock:
            for fault in self.waiting:
                if fault[0].search(statement):
                    self.waiting.remove(fault)
                    return fault[1]
        return None
