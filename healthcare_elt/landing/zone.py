"""The landing zone as a protocol: where deliveries are kept for ever, unchanged.

Here belongs what every kind of landing zone promises (tests/contract/test_landing_zone.py holds each to
it) and how its keys are built. One implementation is one module: `folder`, `s3`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import PurePosixPath
from types import TracebackType
from typing import BinaryIO, Protocol

from healthcare_elt.landing.errors import LandingConflict

SUFFIX_OF_COMPRESSION = {"gzip": ".gz", "zstd": ".zst", "none": ""}
DELIVERIES = "raw/"
"""What the keys of deliveries begin with."""
COMPRESSION_SUFFIXES = (".gz", ".gzip", ".zst", ".zstd")


class Staging(Protocol):
    """Bytes on their way in, unseen until they are committed. Leaving the block aborts the rest."""

    def write(self, chunk: bytes) -> None: ...

    def commit(self, key: str) -> None:
        """Make the bytes the content of `key`, durably and at once.

        Raises:
            LandingConflict: the key holds other bytes.
        """

    def abort(self) -> None: ...

    def __enter__(self) -> Staging: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class LandingZone(Protocol):
    """An immutable store of deliveries by key."""

    on_this_machine: bool
    """True if `uri` is the path of a file that any program here can open."""

    def begin(self) -> Staging: ...

    def open(self, key: str) -> BinaryIO: ...

    def uri(self, key: str) -> str:
        """The address under which the warehouse reads it."""

    def exists(self, key: str) -> bool: ...

    def held(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that are committed, asked all at once."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every committed key that begins with `prefix`, in order."""

    def clean(self) -> int:
        """Remove what killed processes left unfinished; how many pieces that were."""


def landing_key(system: str, table: str, delivery_date: date, sha256: str, extension: str) -> str:
    folder = f"{DELIVERIES}{system}/{table}/year={delivery_date:%Y}/month={delivery_date:%m}/day={delivery_date:%d}"
    return f"{folder}/{sha256[:16]}.{extension}"


def require_key(key: str) -> str:
    """The key itself; ValueError for what is no relative path, or leads out of the zone or to hidden files."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or ".." in parts or parts[0].startswith("."):
        raise ValueError(f"{key!r} is no key of the landing zone; keys are relative and have no '..'.")
    return key


def conflict(key: str) -> LandingConflict:
    return LandingConflict(
        f"{key} already holds other bytes, and the landing zone never replaces any; "
        "find out who changed that file, move it away and run again."
    )


def extension_of(name: str, format: str, compression: str) -> str:
    """The extension as delivered (`csv.gz`), or the one of what the file is if its name has none."""
    path = PurePosixPath(name.lower())
    compressed = path.suffix if path.suffix in COMPRESSION_SUFFIXES else ""
    own = path.with_suffix("").suffix if compressed else path.suffix
    if not re.fullmatch(r"\.[a-z][a-z0-9]{0,9}", own):
        return format + (compressed or SUFFIX_OF_COMPRESSION[compression])
    return (own + compressed).removeprefix(".")
