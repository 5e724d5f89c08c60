"""Faults on demand: what happens to the next statement that matches a regular expression, once.

- `drop`: it is executed, then the connection is dropped without an answer, and so is every retry of that request: the
  client gives up without knowing that it succeeded.
- `truncate`: it is executed, and the connection dropped in mid-answer, which the connector does not retry.
- `timeout`: it is not executed; the answer is that the statement reached its timeout (error 604).
- `expired`: it is not executed; the answer is that the authentication has expired (error 390114).
- `hold`: it is executed, and its answer waits until the faults are cleared; `GET /held` answers when it is held.
- `kill`: it is executed, then the client's process, whose `pid` comes with the fault, is killed by SIGKILL.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["drop", "truncate", "timeout", "expired", "hold", "kill"]

ANSWERS: dict[str, tuple[str, str, str]] = {
    "timeout": ("000604", "57014", "SQL execution canceled: statement reached its statement or warehouse timeout."),
    "expired": ("390114", "08001", "Authentication token has expired. The user must authenticate again."),
}


@dataclass(frozen=True)
class Fault:
    """One that waits for its statement."""

    match: re.Pattern[str]
    kind: Kind
    pid: int | None = None


@dataclass
class Faults:
    """The faults that wait for their statement."""

    waiting: list[Fault] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, pattern: str, kind: str, pid: int | None = None) -> None:
        """Raises ValueError for an unknown kind, or a kill of nobody, and re.error for a pattern that is none."""
        if kind not in get_args(Kind):
            raise ValueError(f"fault must be one of {', '.join(get_args(Kind))}, not {kind}")
        if (kind == "kill") != (pid is not None):
            raise ValueError("a kill, and nothing else, has the pid of the client")
        self.held.clear()
        self._released.clear()
        with self._lock:
            self.waiting.append(Fault(re.compile(pattern, re.I | re.S), kind, pid))

    def clear(self) -> None:
        with self._lock:
            self.waiting.clear()
        self._released.set()

    def hold(self) -> None:
        """Returns when the faults are cleared."""
        self.held.set()
        self._released.wait()

    def next_for(self, statement: str) -> Fault | None:
        """Takes the first fault that matches."""
        with self._lock:
            for fault in self.waiting:
                if fault.match.search(statement):
                    self.waiting.remove(fault)
                    return fault
        return None
