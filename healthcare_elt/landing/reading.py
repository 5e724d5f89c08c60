"""One read of a file in the inbox: every byte is hashed, kept and looked at in the same pass.

Here belongs the flow of bytes. What the bytes mean is in `inspect`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

import pyarrow as pa

from healthcare_elt.landing.delivery import Compression
from healthcare_elt.landing.errors import BadFile, ChangedFile, UnreadableInbox

CHUNK = 1 << 20
_MAGIC: dict[bytes, Compression] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


class Readable(Protocol):
    def read(self, size: int = CHUNK) -> bytes: ...


class DeliveredBytes:
    """The bytes as delivered; each is hashed and handed to `keep` when it is first read.

    `size` is how many there should be: a file that grows as fast as it is read would never end.
    """

    def __init__(self, source: BinaryIO, size: int, keep: Callable[[bytes], None]) -> None:
        self.source = source
        self.count = 0
        self.closed = False
        self._size = size
        self._keep = keep
        self._hash = hashlib.sha256()
        self._ahead = b""

    def read(self, size: int = CHUNK) -> bytes:
        if self._ahead:
            chunk, self._ahead = self._ahead[:size], self._ahead[size:]
            return chunk
        return self._next(size)

    def peek(self) -> bytes:
        """The first bytes, which `read` will give again."""
        self._ahead = self._ahead or self._next(CHUNK)
        return self._ahead

    def drain(self) -> None:
        """Read what the inspection did not need."""
        self._ahead = b""
        while self._next(CHUNK):
            pass

    def close(self) -> None:
        """pyarrow closes what it read; the source stays open for who opened it."""
        self.closed = True

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def _next(self, size: int) -> bytes:
        try:
            chunk = self.source.read(size)
        except OSError as error:
            raise UnreadableInbox(error.strerror) from error
        self.count += len(chunk)
        if self.count > self._size:
            raise ChangedFile
        if chunk:
            self._hash.update(chunk)
            self._keep(chunk)
        return chunk


def compression_of(first: bytes) -> Compression:
    """What the bytes are, whatever the name says: browsers and proxies pack and unpack as they like."""
    return next((kind for magic, kind in _MAGIC.items() if first.startswith(magic)), "none")


def decompressed(delivered: DeliveredBytes, compression: Compression) -> Readable:
    """The content; reading it raises `BadFile` where the compressed bytes are cut off or damaged."""
    return delivered if compression == "none" else _Decompressed(delivered, compression)


class _Decompressed:
    def __init__(self, delivered: DeliveredBytes, compression: Compression) -> None:
        self._compression = compression
        self._stream = pa.CompressedInputStream(pa.PythonFile(delivered, mode="r"), compression)

    def read(self, size: int = CHUNK) -> bytes:
        try:
            return self._stream.read(size)
        except pa.ArrowInvalid as error:
            raise self._damaged() from error
        except OSError as error:
            raise self._damaged() from error

    def _damaged(self) -> BadFile:
        return BadFile(f"is a {self._compression} file that is cut off or damaged; deliver it again")
