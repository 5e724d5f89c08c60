"""Reading JSON to rows, however its bytes arrive."""

from __future__ import annotations

import io
import json

import pytest

from healthcare_elt.warehouse.errors import DamagedFile
from healthcare_elt.warehouse.json_rows import BadLine, Row, json_rows

ROWS = [{"id": 1, "name": 'a "quoted", \\ [name] {'}, {"id": 2.50, "name": None}, {"name": "é\n"}]
TEXTS: list[Row] = [("1", 'a "quoted", \\ [name] {'), ("2.5", None), (None, "é\n")]


class Trickle:
    """Gives a few bytes at a time, as a network does."""

    def __init__(self, content: bytes, size: int) -> None:
        self._stream, self._size = io.BytesIO(content), size

    def read(self, size: int = 0) -> bytes:
        return self._stream.read(self._size)


def read(content: bytes, format: str, size: int = 1 << 20) -> list[Row | BadLine]:
    assert format == "json" or format == "ndjson"
    return list(json_rows(Trickle(content, size), format, ("id", "name")))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_read_wherever_its_bytes_are_cut(size: int, indent: int | None) -> None:
    content = b"\xef\xbb\xbf \n" + json.dumps(ROWS, indent=indent, ensure_ascii=False).encode() + b"\n"
    assert read(content, "json", size) == TEXTS


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_read_wherever_their_bytes_are_cut(size: int) -> None:
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode()
    assert read(content, "ndjson", size) == TEXTS


def test_an_empty_array_has_no_rows() -> None:
    assert read(b" [ ] ", "json") == []


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"[{}", b"[{},", b"[{},]", b"[{} {}]", b"[{}] x", b"[1]", b'{"id": 1}', b'[{"id": ]', b'["\xff"]'],
)
def test_an_array_that_is_not_whole_is_damaged(content: bytes) -> None:
    with pytest.raises(DamagedFile):
        read(content, "json")


@pytest.mark.parametrize("line", [b"x", b"1", b'"x"', b"[]", b'{"id": 1', b'{"id": 1}{"id": 2}', b'{"id": "\xff"}'])
def test_a_line_that_is_no_object_is_a_bad_line(line: bytes) -> None:
    first, bad, last = read(b'{"id": 1}\n' + line + b'\r\n{"id": 2}', "ndjson")
    assert (first, last) == (("1", None), ("2", None))
    assert bad == BadLine(2, line.decode(errors="backslashreplace"), "is no JSON object")
