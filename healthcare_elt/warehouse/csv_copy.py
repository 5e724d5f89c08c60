"""A copy of a CSV delivery that an engine's own reader can read, where it cannot read the original.

Here belongs what changes no cell: the encoding, blank lines before the header, mixed line ends, and a line set
aside. Which file needs it is decided in `csv_file`.
"""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from healthcare_elt.warehouse.content import CHUNK, Content, chunks

UNDECODABLE = "warehouse.undecodable"
_HEAD = 1 << 16


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """Becomes the byte FF, which is no UTF-8: the reader then makes a reject of the line."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error(UNDECODABLE, _stand_in)


def blank_start(head: bytes, delimiter: str) -> bytes:
    """The blank lines before the header, with a byte order mark before them."""
    blank = rb"[ ]*" if delimiter == "\t" else rb"[ \t]*"
    found = re.match(rb"(?:\xef\xbb\xbf)?(?:" + blank + rb"(?:\r\n|\n|\r))+", head)
    return found[0] if found else b""


def write_utf_8(content: Content, encoding: str, delimiter: str, target: Path) -> int:
    """Write the text as UTF-8 from its header on; how many blank lines were before it."""
    lines = 0
    with target.open("xb") as file:
        for number, chunk in enumerate(_utf_8(content, encoding)):
            start = blank_start(chunk[:_HEAD], delimiter) if number == 0 else b""
            lines += len(start.splitlines())
            file.write(chunk[len(start) :])
    return lines


def _utf_8(content: Content, encoding: str) -> Iterator[bytes]:
    if encoding.startswith("utf-8"):
        yield from chunks(content)
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors=UNDECODABLE)
    while chunk := content.read(CHUNK):
        yield decoder.decode(chunk).encode(errors="surrogateescape")
    yield decoder.decode(b"", final=True).encode(errors="surrogateescape")


def write_one_line_end(source: Path, delimiter: str, target: Path, *, keep_cells: bool) -> None:
    """Write the text with the same line end after every line; with `keep_cells`, not inside quoted cells."""
    between = re.escape(delimiter.encode())
    # A cell's quotes stand where cells begin and end; others are text.
    start, end = rb"(?:\A|(?<=[\r\n" + between + rb"]))[ ]*", rb"(?=[ \r\n" + between + rb"]|\Z)"
    cell = start + rb'"(?:[^"]|"")*+"' + end
    pattern = cell + rb"|\r\n?" if keep_cells else rb"\r\n?"
    with source.open("rb") as file, target.open("xb") as copy:
        if not source.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            position = 0
            for found in re.finditer(pattern, text):
                if found[0].startswith(b"\r"):
                    copy.write(text[position : found.start()])
                    copy.write(b"\n")
                    position = found.end()
            copy.write(text[position:])


def write_without(content: Content, start: int, length: int, target: Path) -> None:
    """Write all but the given bytes."""
    position = 0
    with target.open("xb") as file:
        for chunk in chunks(content):
            low, high = (min(max(edge - position, 0), len(chunk)) for edge in (start, start + length))
            file.write(chunk[:low])
            file.write(chunk[high:])
            position += len(chunk)
