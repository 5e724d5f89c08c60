"""Refusals on demand: logins and statements that Snowflake would not allow, and this emulator does.

A statement is known by its text, a login by `login USER role=… warehouse=… database=…`. A refusal stays until refusals
are cleared; whatever it strikes is not executed, and answered with the error of Snowflake's that the test names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

Answer = dict[str, Any]


@dataclass
class Refusals:
    """What is refused, and how."""

    known: list[tuple[re.Pattern[str], Answer]] = field(default_factory=list)

    def add(self, match: str, code: str, state: str, message: str) -> None:
        """Raises re.error for a pattern that is none."""
        data = {"errorCode": code, "sqlState": state, "queryId": "", "internalError": False}
        answer = {"data": data, "code": code, "message": message, "success": False}
        self.known = [*self.known, (re.compile(match, re.I | re.S), answer)]

    def clear(self) -> None:
        self.known = []

    def of(self, what: str) -> Answer | None:
        return next((answer for pattern, answer in self.known if pattern.search(what)), None)
