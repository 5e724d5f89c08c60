"""Segments as objects in S3.

Here belongs doing there what `folder_store` does in a folder. An object appears whole or not at all, so a killed
process leaves nothing; only this place, never the landing zone, has objects removed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from healthcare_elt.aws.create import create
from healthcare_elt.aws.place import S3Place
from healthcare_elt.aws.stream import open_object


class S3Store:
    """The segments below one place in S3."""

    def __init__(self, place: S3Place) -> None:
        self.place = place
        self._read: dict[str, bytes] = {}
        """Segments never change, so each is fetched once."""

    def __str__(self) -> str:
        return self.place.url

    def create(self, name: str, content: bytes) -> None:
        # A name is never given twice: it is only taken if an answer was lost and the same bytes were sent again.
        create(self.place, name, io.BytesIO(content), len(content))

    def names(self) -> list[str]:
        names = sorted(self.place.names())
        self._read = {name: self._read[name] for name in names if name in self._read}
        return names

    def read(self, name: str) -> bytes:
        if name not in self._read:
            with open_object(self.place, name) as segment:
                self._read[name] = segment.read()
        return self._read[name]

    def remove(self, names: Iterable[str]) -> None:
        with self.place.told("could not be written"):
            for name in names:
                self.place.client.delete_object(**self.place.target(name))
                self._read.pop(name, None)

    def hide(self, names: Iterable[str]) -> None:
        for name in names:
            self.create(f".{name}.damaged", self.read(name))
            self.remove([name])

    def clean(self) -> None:
        """Nothing is ever half there."""
