"""An object of S3 as a file that is read once from its start.

Here belongs going on where a dropped connection stopped. Requests that fail before their answer begins are repeated by
botocore.
"""

from __future__ import annotations

import io
import random
import time
from typing import Any, BinaryIO

from botocore.exceptions import (
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from healthcare_elt.aws.place import S3Place

CHUNK = 1 << 20
DROPPED = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
MOST_DROPS = 5
"""Without a single byte between them."""
LONGEST_PAUSE_SECONDS = 5.0


def open_object(place: S3Place, name: str) -> BinaryIO:
    """
    Raises:
        FileNotFoundError: there is no such object.
        place.error: AWS refused, also while it is being read.
    """
    return io.BufferedReader(_Stream(place, name), CHUNK)  # type: ignore[return-value]


class _Stream(io.RawIOBase):
    def __init__(self, place: S3Place, name: str) -> None:
        self._place = place
        self._name = name
        self._position = 0
        self.answer = place.get(name)
        """What S3 said of the object when it was opened."""
        self._size: int = self.answer["ContentLength"]
        self._etag: str = self.answer["ETag"]
        self._body: Any = self.answer["Body"]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()

    def _read(self, size: int) -> bytes:
        with self._place.told("stopped giving its bytes"):
            for drops in range(1, MOST_DROPS + 1):
                try:
                    return self._body.read(size)
                except DROPPED:
                    if drops == MOST_DROPS:
                        raise
                _pause(drops)
                self._go_on()
        raise AssertionError("the last attempt returns or raises")

    def _go_on(self) -> None:
        """From the first byte that is missing, and of the same object."""
        self._body.close()
        if self._position == self._size:
            self._body = io.BytesIO()
        else:
            answer = self._place.get(self._name, Range=f"bytes={self._position}-", IfMatch=self._etag)
            self._body = answer["Body"]


def _pause(drops: int) -> None:
    time.sleep(random.uniform(0, min(0.05 * 2**drops, LONGEST_PAUSE_SECONDS)))
