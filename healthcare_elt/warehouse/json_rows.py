"""The rows of a JSON delivery as text: an array of objects, or one object per line.

Here belongs reading JSON to rows, and what a value becomes as text (docs/parquet_and_json.md). Python's reader is used
because a broken line must come out whole as a reject, and 1.50 must stay 1.50.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from healthcare_elt.warehouse.content import CHUNK, Content
from healthcare_elt.warehouse.errors import DamagedFile

NO_OBJECT = "is no JSON object"
NO_TEXT = "has a character that is no Unicode"
TOO_DEEP = "is nested too deeply"
NO_ARRAY = "is not one whole JSON array of objects"
MOST_UNREAD = 64 << 20
BOM = codecs.BOM_UTF8

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class BadLine:
    """What stands where a row should be."""

    line: int
    """Counted from 1; in an array, the number of the element."""
    raw: str
    reason: str


class _ExactNumber(float):
    """A number that knows how it was written."""

    text: str

    def __new__(cls, text: str) -> _ExactNumber:
        number = super().__new__(cls, text)
        number.text = text
        return number


_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_DECODER = json.JSONDecoder(parse_float=_ExactNumber, parse_constant=str)


def json_rows(content: Content, format: Literal["json", "ndjson"], names: Sequence[str]) -> Iterator[Row | BadLine]:
    """Each row's values in the order of `names`; a name that a row lacks is None.

    Raises:
        DamagedFile: an array is not whole.
    """
    objects = _elements(content) if format == "json" else _line_objects(content)
    for line, found in objects:
        yield found if isinstance(found, BadLine) else _row(line, found, names)


def _row(line: int, found: dict[str, Any], names: Sequence[str]) -> Row | BadLine:
    try:
        row = tuple(_text(found.get(name)) for name in names)
        "".join(value for value in row if value).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return BadLine(line, json.dumps(found), NO_TEXT)
    except RecursionError:
        return BadLine(line, json.dumps(found), TOO_DEEP)
    return row


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, _ExactNumber):
        return value.text.removesuffix(".0")
    return _list_text(value) if isinstance(value, list) else _json(value)


def _list_text(values: list[Any]) -> str:
    """The elements with commas between; JSON where they could not be told apart again."""
    if any(isinstance(value, dict | list) for value in values):
        return _json(values)
    texts = [text for value in values if (text := _text(value))]
    return _json(values) if any("," in text for text in texts) else ",".join(texts)


def _json(value: Any) -> str:
    """Without spaces, and with each number as it was written."""
    if isinstance(value, _ExactNumber):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(name)}:{_json(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return _ENCODE(value)


def _line_objects(content: Content) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    for number, line in enumerate(_lines(content), start=1):
        text = line.removeprefix(BOM) if number == 1 else line
        if not text.strip():
            continue
        try:
            found = _DECODER.decode(text.decode())
        except (ValueError, RecursionError):
            found = None
        raw = text.rstrip(b"\r").decode(errors="backslashreplace")
        yield number, found if isinstance(found, dict) else BadLine(number, raw, NO_OBJECT)


def _lines(content: Content) -> Iterator[bytes]:
    rest: list[bytes] = []
    while chunk := content.read(CHUNK):
        first, *others = chunk.split(b"\n")
        rest.append(first)
        for other in others:
            yield b"".join(rest)
            rest = [other]
    yield b"".join(rest)


def _elements(content: Content) -> Iterator[tuple[int, dict[str, Any]]]:
    text = _Window(content)
    text.take("[")
    number = 0
    while text.next() != "]":
        if number:
            text.take(",")
        number += 1
        yield number, text.element()
    text.take("]")
    if text.next():
        raise DamagedFile(NO_ARRAY)


class _Window:
    """The part of the text that is being looked at."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._ended = False

    def next(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            found = _NOT_BLANK.search(self._text, self._at)
            if found:
                self._at = found.start()
                return found[0]
            self._at = len(self._text)
            if not self._more():
                return ""

    def take(self, character: str) -> None:
        if self.next() != character:
            raise DamagedFile(NO_ARRAY)
        self._at += 1

    def element(self) -> dict[str, Any]:
        if self.next() != "{":
            raise DamagedFile(NO_ARRAY)
        while True:
            try:
                element, self._at = _DECODER.raw_decode(self._text, self._at)
                return element
            except (ValueError, RecursionError):
                if len(self._text) - self._at > MOST_UNREAD or not self._more():
                    raise DamagedFile(NO_ARRAY) from None

    def _more(self) -> bool:
        if self._ended:
            return False
        chunk = self._content.read(CHUNK)
        self._ended = not chunk
        try:
            self._text = self._text[self._at :] + self._decode.decode(chunk, self._ended)
        except UnicodeDecodeError:
            raise DamagedFile("is JSON that is not UTF-8") from None
        self._at = 0
        return True
