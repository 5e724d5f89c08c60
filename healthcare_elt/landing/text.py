"""Whether bytes are text, and in which encoding.

Here belongs what the whole file decides. Header and delimiter are in `sniff`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from healthcare_elt.landing.delivery import Encoding
from healthcare_elt.landing.errors import BadFile
from healthcare_elt.landing.reading import CHUNK, Readable

HEAD_BYTES = 1 << 20
LONG_LINE = 4 << 20
_NOT_TEXT = "is not text (it holds NUL bytes); deliver it as CSV, JSON or Parquet"
_MULTI_BYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LEADING = bytes(range(0xC2, 0xF5))
_HIGH = bytes(range(0x80, 0x100))
_ONLY_WINDOWS = bytes(range(0x80, 0xA0))
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Two characters of ASCII without a mark before them.
_UTF_16_LE = re.compile(rb"(?:[\t-~]\x00){2}")
_UTF_16_BE = re.compile(rb"(?:\x00[\t-~]){2}")
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


Look = Callable[[bytes, bool], None]
"""Takes the next bytes, and whether they are the last."""


class Text:
    """A text file read to its end: its encoding, its head and whether more follows the head."""

    def __init__(self, stream: Readable, stated: Encoding | None = None) -> None:
        """Read all of it; `stated` is the encoding if it is not to be told from the bytes."""
        self._stated = stated
        self.has_tail = False
        """True if something other than blanks follows the head."""
        self.has_long_lines = False
        self._line = 0
        self._head = _read_head(stream)
        self._utf_8_characters = 0
        self._stray_bytes = 0
        self._windows_bytes = 0
        self._read_all(stream)

    @property
    def head(self) -> str:
        return self._head.decode(self.encoding, errors="replace")

    @property
    def encoding(self) -> Encoding:
        has_mark = self._head.startswith(codecs.BOM_UTF8)
        if self._stated:
            return "utf-8-sig" if has_mark and self._stated == "utf-8" else self._stated
        if self._utf_16:
            return self._utf_16
        # Damaged UTF-8 loses lines, not its encoding; a chance pair of Latin letters does not make UTF-8.
        if has_mark or self._stray_bytes <= self._utf_8_characters:
            return "utf-8-sig" if has_mark else "utf-8"
        return "windows-1252" if self._windows_bytes else "latin-1"

    @property
    def has_utf_8(self) -> bool:
        """True if letters that are UTF-8 stand among more that are not, and no contract says what they are."""
        is_told = not self._stated and self.encoding in ("latin-1", "windows-1252")
        return is_told and self._utf_8_characters > 0

    @property
    def _utf_16(self) -> Encoding | None:
        if self._stated:
            return self._stated if self._stated.startswith("utf-16") else None
        if self._head.startswith(_UTF_16_MARKS):
            return "utf-16"
        if _UTF_16_LE.match(self._head):
            return "utf-16-le"
        return "utf-16-be" if _UTF_16_BE.match(self._head) else None

    @property
    def stray_bytes(self) -> int:
        """Bytes that are not part of any UTF-8 character."""
        return self._stray_bytes

    def _read_all(self, stream: Readable) -> None:
        if self._head.startswith(_UTF_32):
            raise BadFile("is UTF-32; deliver it as UTF-8")
        look = self._look_utf_16(self._utf_16) if self._utf_16 else self._look_bytes()
        look(self._head, False)
        while chunk := stream.read(CHUNK):
            look(chunk, False)
            self.has_tail = self.has_tail or not chunk.isspace()
        look(b"", True)

    def _measure(self, chunk: bytes | str) -> None:
        """Lines that begin and end in the same chunk are short."""
        ends = (b"\r", b"\n") if isinstance(chunk, bytes) else ("\r", "\n")
        first = min((at for end in ends if (at := chunk.find(end)) >= 0), default=len(chunk))  # type: ignore[arg-type]
        self._line += first
        self.has_long_lines = self.has_long_lines or self._line > LONG_LINE
        if first < len(chunk):
            self._line = len(chunk) - max(chunk.rfind(end) for end in ends) - 1  # type: ignore[arg-type]

    def _look_utf_16(self, encoding: Encoding) -> Look:
        decoder = codecs.getincrementaldecoder(encoding)()

        def look(chunk: bytes, final: bool) -> None:
            try:
                text = decoder.decode(chunk, final)
                if "\0" in text:
                    raise BadFile(_NOT_TEXT)
                self._measure(text)
            except UnicodeDecodeError:
                raise BadFile("is UTF-16 that is cut off or damaged; deliver it again") from None

        return look

    def _look_bytes(self) -> Look:
        decoder = codecs.getincrementaldecoder("utf-8")()

        def look(chunk: bytes, final: bool) -> None:
            if b"\0" in chunk:
                raise BadFile(_NOT_TEXT)
            self._measure(chunk)
            pending, _ = decoder.getstate()
            if chunk.isascii() and not pending and not final:
                return
            try:
                decoder.decode(chunk, final)
                self._utf_8_characters += _count(chunk, _LEADING)
            except UnicodeDecodeError:
                decoder.reset()
                self._count_mixed(pending + chunk)

        return look

    def _count_mixed(self, chunk: bytes) -> None:
        characters = _MULTI_BYTE.findall(chunk)
        self._utf_8_characters += len(characters)
        self._stray_bytes += _count(chunk, _HIGH) - sum(map(len, characters))
        self._windows_bytes += _count(chunk, _ONLY_WINDOWS)


def _read_head(stream: Readable) -> bytes:
    """Streams may give less than asked for."""
    head = bytearray()
    while len(head) < HEAD_BYTES and (chunk := stream.read(HEAD_BYTES - len(head))):
        head += chunk
    return bytes(head)


def _count(chunk: bytes, wanted: bytes) -> int:
    return len(chunk) - len(chunk.translate(None, wanted))
