"""The inbox in S3: objects `<prefix>/<system>/…`, found by listing.

S3 tells the moment of an object in whole seconds. So that two objects of one name, one size and one second are two
files, the rest of the second is taken from the object's ETag: the moment is the same at every look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from healthcare_elt.aws.place import S3Place
from healthcare_elt.aws.stream import open_object
from healthcare_elt.landing.inbox_protocol import Entry, State, is_ignored, printable
from healthcare_elt.landing.outcome import Waiting

BAD_KEY = "is a key that no file name can be; copy the object to one without empty parts, . and .."


@dataclass(frozen=True)
class S3Inbox:
    """Objects below a place in S3."""

    place: S3Place

    def entries(self, problems: list[Waiting]) -> Iterator[Entry]:
        for found in self.place.objects():
            key, size = found["Key"].removeprefix(self.place.prefix), found["Size"]
            if not key or (key.endswith("/") and not size):  # what consoles make of a folder
                continue
            system, slash, name = key.partition("/")
            if any(part in ("", ".", "..") for part in key.split("/")):
                problems.append(Waiting(printable(system), None, printable(name), BAD_KEY))
            elif not any(is_ignored(part) for part in key.split("/")):
                state = _state(size, found["LastModified"], found["ETag"])
                yield Entry(system if slash else "", name or key, lambda state=state: state)

    def open(self, system: str, name: str) -> BinaryIO:
        return open_object(self.place, f"{system}/{name}")

    def is_unchanged(self, system: str, name: str, state: State, source: Any) -> bool:
        """An object is read as it was when it was opened, or not at all."""
        answer = source.raw.answer
        return _state(answer["ContentLength"], answer["LastModified"], answer["ETag"]) == state


def _state(size: int, modified: datetime, etag: str) -> State:
    part = int.from_bytes(hashlib.sha256(etag.encode()).digest()[:8]) % 1_000_000_000
    return State(size, int(modified.timestamp()) * 1_000_000_000 + part)
