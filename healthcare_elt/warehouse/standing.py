"""Answers of a warehouse that stand as long as what was asked does not change.

Here belongs keeping them in a file of the home, so that looking whether there is anything to do costs no compute. The
token that tells of a change is the engine's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


class StandingAnswers:
    """Rows of texts and numbers by the query that asked for them, of one database."""

    def __init__(self, path: Path, database: str) -> None:
        """
        Args:
            path: the file, inside the PHI zone; whatever is wrong with it, the database is asked.
            database: answers of any other one do not count.
        """
        self._path = path
        self._database = database

    def rows(self, sql: str, token: str, ask: Callable[[], Rows]) -> Rows:
        """What was answered under the same token, or what is answered now.

        Args:
            token: of the state before it is asked now, and another one after every change.
        """
        kept = self._read()
        if sql in kept and kept[sql]["token"] == token:
            return kept[sql]["rows"]
        rows = ask()
        self._write(kept | {sql: {"token": token, "rows": rows}})
        return rows

    def _read(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return found["answers"] if found["database"] == self._database else {}
        return {}

    def _write(self, answers: dict[str, Any]) -> None:
        """In one step; without it the database is asked again, so a full disk stops nothing here."""
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps({"database": self._database, "answers": answers}), encoding="utf-8")
            draft.replace(self._path)
