"""The landing zone in S3.

The key of a delivery holds the hash of its bytes, so it is known only after the last byte, and S3 cannot rename.
Bytes therefore wait in memory, beyond a few MiB in a file without a name inside the PHI zone, and go up at the commit:
a repeated file, or one that is still being written, costs no request, nothing is ever copied or deleted in S3, and a
killed process leaves no file. The price is the room for one delivery on the disk. How an object is created once is in
`aws.create`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, BinaryIO

from healthcare_elt.aws.create import PART_BYTES, create
from healthcare_elt.aws.place import S3Place
from healthcare_elt.aws.stream import CHUNK, open_object
from healthcare_elt.landing.zone import DELIVERIES, conflict, require_key

ABANDONED_AFTER = timedelta(hours=6)
"""Without another part, an upload's process is dead: a part is given up after minutes."""


class S3LandingZone:
    """Deliveries as objects below a place in S3."""

    on_this_machine = False

    def __init__(self, place: S3Place, spool: Path) -> None:
        """
        Args:
            spool: a folder inside the PHI zone for a delivery that is too large for memory.
        """
        self.place = place
        self.spool = spool

    def begin(self) -> S3Staging:
        self.spool.mkdir(parents=True, exist_ok=True)
        return S3Staging(self)

    def open(self, key: str) -> BinaryIO:
        return open_object(self.place, require_key(key))

    def uri(self, key: str) -> str:
        return f"{self.place.url}/{require_key(key)}"

    def exists(self, key: str) -> bool:
        return self.place.exists(require_key(key))

    def held(self, keys: Collection[str]) -> set[str]:
        return self.place.held([require_key(key) for key in keys])

    def keys(self, prefix: str = "") -> Iterator[str]:
        return self.place.names(prefix)

    def examine(self) -> None:
        """Do once what a run does there, and leave nothing.

        Raises:
            LandingError: some of it is refused.
        """
        self.place.examine()
        with self.place.told("cannot be cleaned of unfinished uploads"):
            next(self._uploads(), None)

    def clean(self) -> int:
        """Abort uploads of deliveries that got no part for hours, and so not those of a living process."""
        with self.place.told("cannot be cleaned of unfinished uploads"):
            return sum(self._is_aborted(upload) for upload in self._uploads())

    def _uploads(self) -> Iterator[dict[str, Any]]:
        pages = self.place.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.place.bucket, Prefix=f"{self.place.prefix}{DELIVERIES}"
        )
        return chain.from_iterable(page.get("Uploads", ()) for page in pages)

    def _is_aborted(self, upload: dict[str, Any]) -> bool:
        client = self.place.client
        try:
            if self._last_sign(upload) > datetime.now(UTC) - ABANDONED_AFTER:
                return False
            client.abort_multipart_upload(**_named(self.place, upload))
        except client.exceptions.NoSuchUpload:  # it ended in this moment
            return False
        return True

    def _last_sign(self, upload: dict[str, Any]) -> datetime:
        pages = self.place.client.get_paginator("list_parts").paginate(**_named(self.place, upload))
        return max([upload["Initiated"], *(part["LastModified"] for page in pages for part in page.get("Parts", ()))])


class S3Staging:
    """Bytes that wait on this machine for their key."""

    def __init__(self, zone: S3LandingZone) -> None:
        self._zone = zone
        self._file = SpooledTemporaryFile(max_size=PART_BYTES, dir=zone.spool)  # noqa: SIM115

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def commit(self, key: str) -> None:
        place = self._zone.place
        size = self._file.tell()
        if not create(place, require_key(key), self._file, size) and not self._is_held(key):
            raise conflict(key)
        self.abort()

    def abort(self) -> None:
        self._file.close()

    def __enter__(self) -> S3Staging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _is_held(self, key: str) -> bool:
        self._file.seek(0)
        with self._zone.open(key) as held:
            while True:
                ours, theirs = self._file.read(CHUNK), held.read(CHUNK)
                if ours != theirs or not ours:
                    return ours == theirs


def _named(place: S3Place, upload: dict[str, Any]) -> dict[str, str]:
    return {"Bucket": place.bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
