"""The names in a JSON file: an array of objects, or one object per line.

Here belongs reading JSON to its end in bounded memory. All rows are read: a name that first comes up in the
last row is a column too, and a file cut off in its last row must not be loaded in part.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from healthcare_elt.landing.errors import BadFile
from healthcare_elt.landing.reading import CHUNK, Readable

MAX_ROW = 64 << 20
_BLANK = " \t\r\n"
_TOO_LONG = "has a row of more than 64 MB; deliver it with shorter rows"


@dataclass
class JsonNames:
    names: dict[str, None] = field(default_factory=dict)
    rows: int = 0
    bad_lines: int = 0

    def add(self, row: dict[str, Any]) -> None:
        self.names.update(dict.fromkeys(row))
        self.rows += 1


def read_lines(stream: Readable) -> JsonNames:
    """Newline-delimited JSON; a line that is no object does not stop the others."""
    found = JsonNames()
    for line in _lines(stream):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            found.add(row)
        else:
            found.bad_lines += 1
    if found.bad_lines and not found.rows:
        raise BadFile("has no line that is a JSON object; deliver an array of objects or one object per line")
    return found


def _lines(stream: Readable) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > MAX_ROW:
            raise BadFile(_TOO_LONG)
    yield rest


def read_array(stream: Readable) -> JsonNames:
    """A JSON array of objects, which must be whole."""
    found = JsonNames()
    text = _Window(stream)
    text.expect("[")
    if text.next() == "]":
        text.expect("]")
    else:
        while True:
            found.add(text.row())
            if text.next() == "]":
                break
            text.expect(",")
        text.expect("]")
    if text.next():
        raise BadFile(_NO_ARRAY)
    return found


_NO_ARRAY = "is not one whole JSON array of objects; deliver it again"


class _Window:
    """The part of the text that is being looked at."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._ended = False

    def next(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def expect(self, character: str) -> None:
        if self.next() != character:
            raise BadFile(_NO_ARRAY)
        self._at += 1

    def row(self) -> dict[str, Any]:
        if self.next() != "{":
            raise BadFile(_NO_ARRAY)
        while True:
            try:
                row, self._at = self._json.raw_decode(self._text, self._at)
                return row
            except (json.JSONDecodeError, RecursionError):
                if len(self._text) - self._at > MAX_ROW:
                    raise BadFile(_TOO_LONG) from None
                if not self._more():
                    raise BadFile(_NO_ARRAY) from None

    def _more(self) -> bool:
        if self._ended:
            return False
        chunk = self._stream.read(CHUNK)
        self._ended = not chunk
        try:
            self._text = self._text[self._at :] + self._decode.decode(chunk, self._ended)
        except UnicodeDecodeError:
            raise BadFile("is JSON that is not UTF-8; deliver it as UTF-8") from None
        self._at = 0
        return True
