"""The journal: every statement that came in, in order, with who sent it and what became of it."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Entry:
    """One statement. `outcome` is `executed`, `accepted` (remembered, not done) or `failed: <number>`."""

    session: int
    user: str
    role: str
    warehouse: str
    query_tag: str
    statement: str
    outcome: str = "executed"
    fault: str | None = None


@dataclass
class Journal:
    """Kept in memory, and appended to a file as JSON lines if one is given."""

    file: Path | None = None
    entries: list[Entry] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: Entry) -> None:
        with self._lock:
            self.entries.append(entry)
            if self.file:
                with self.file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(asdict(entry)) + "\n")

    def clear(self) -> None:
        """Forget what is in memory; the file is kept."""
        with self._lock:
            self.entries.clear()

    def as_json(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(entry) for entry in self.entries]
