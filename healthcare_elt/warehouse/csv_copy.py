"""A copy of a CSV delivery that an engine's own reader can read, where it cannot read the original.

Here belongs what changes no cell: the encoding, lines before the header, backslashes, mixed line ends, and broken
lines set aside. Which file needs it is decided in `csv_file`.
"""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.content import CHUNK, Content, chunks

UNDECODABLE = "warehouse.undecodable"
LONGEST_LINE = 16 << 20
NO_UTF_8 = b"\xff"
"""In a copy it makes the reader take the line for a reject."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_UTF_8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error(UNDECODABLE, _stand_in)


def write_utf_8(content: Content, delivery: Delivery, target: Path) -> list[str]:
    """Write the text as UTF-8 from its header on; the lines before it."""
    text = _utf_8(content, delivery)
    start, rest = _split(text, delivery.preamble)
    with target.open("xb") as file:
        file.write(rest)
        for chunk in text:
            file.write(chunk)
    return start


def _split(text: Iterator[bytes], lines: int) -> tuple[list[str], bytes]:
    """The first lines, and what was read of the rest."""
    head = b""
    while len(head) < len(codecs.BOM_UTF8) and (more := next(text, b"")):
        head += more
    head = head.removeprefix(codecs.BOM_UTF8)
    if not lines:
        return [], head
    while True:
        *start, rest = _LINE_END.split(head, maxsplit=lines)
        # What ends with a carriage return may go on with its line feed.
        if len(start) == lines and rest and not head.endswith(b"\r"):
            break
        more = next(text, b"")
        if not more:
            break
        head += more
    return [line.decode(errors="backslashreplace") for line in start], rest


def _utf_8(content: Content, delivery: Delivery) -> Iterator[bytes]:
    if delivery.encoding.startswith("utf-8"):
        yield from chunks(content)
    elif delivery.has_utf_8:
        yield from _with_utf_8_marked(content, delivery.encoding)
    else:
        decoder = codecs.getincrementaldecoder(delivery.encoding)(errors=UNDECODABLE)
        while chunk := content.read(CHUNK):
            yield decoder.decode(chunk).encode(errors="surrogateescape")
        yield decoder.decode(b"", final=True).encode(errors="surrogateescape")


def _with_utf_8_marked(content: Content, encoding: str) -> Iterator[bytes]:
    """Nobody can tell what letters are meant that are UTF-8 too."""
    rest = b""
    while chunk := content.read(CHUNK):
        *whole, rest = (rest + chunk).splitlines(keepends=True)
        yield from (_marked(line, encoding) for line in whole)
    yield _marked(rest, encoding)


def _marked(line: bytes, encoding: str) -> bytes:
    mark = NO_UTF_8 if _UTF_8_LETTER.search(line) else b""
    return mark + line.decode(encoding, UNDECODABLE).encode(errors="surrogateescape")


def write_escapes(source: Path, delivery: Delivery, target: Path) -> None:
    """Write the text so that backslashes are escapes to DuckDB: inside of quotes, where each takes any letter after it.

    A backslash that escapes nothing is written twice.
    """
    quote, delimiter = delivery.quote.encode(), re.escape(delivery.delimiter.encode())
    between = _without(delivery, rb"\r\n\\")
    plain_cell = _start(delivery) + rb"(?![ ]*" + quote + rb")" + between + rb"(?:\\." + between + rb")+"
    in_quotes = re.compile(rb"\\(" + quote + rb"|\\)?")
    in_plain = re.compile(rb"\\(" + quote + rb"|\\|[\r\n]|" + delimiter + rb")?")

    def escaped(cell: bytes) -> bytes:
        is_quoted = cell.lstrip(b" ").startswith(quote)
        text = (in_quotes if is_quoted else in_plain).sub(lambda found: found[0] if found[1] else rb"\\", cell)
        return text if is_quoted else quote + text + quote

    _write_changed(source, target, _quoted_cell(delivery) + rb"|" + plain_cell, escaped)


def write_mended(source: Path, delivery: Delivery, target: Path) -> list[tuple[int, int]]:
    """Write the text so that all lines end alike, without those that are broken; start and length of these.

    Broken is a line in which a quote is not closed, or that is too long. Its end stays, and so does all in cells.
    """
    broken, written = [], 0
    with source.open("rb") as file, target.open("xb") as copy:
        if not source.stat().st_size:
            return []
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            for start, end, next_start, is_whole in _pieces(text, delivery):
                if not is_whole:
                    broken.append((start, end - start))
                if not is_whole or text[end:next_start] != b"\n":
                    copy.write(text[written : end if is_whole else start])
                    copy.write(b"\n" if next_start > end else b"")
                    written = next_start
            copy.write(text[written:])
    return broken


def _pieces(text: mmap.mmap, delivery: Delivery) -> Iterator[tuple[int, int, int, bool]]:
    """Start and end of each record that is not plain, where the next one starts, and whether it is whole.

    A record that is too long over many lines began with a quote that was not meant to be closed so far away.
    """
    plain = re.compile(rb"(?:[^\r\n" + delivery.quote.encode() + rb"]{0,%d}+\n){1,1000}" % LONGEST_LINE)
    whole = re.compile(_record(delivery) + rb"(\r\n|\r|\n|\Z)", re.DOTALL)
    line = re.compile(rb"[^\r\n]*+(\r\n|\r|\n|\Z)")
    start = 0
    while (start := _after(plain, text, start)) < len(text):
        found = whole.match(text, start)
        is_whole = found is not None and found.end() - start <= LONGEST_LINE
        found = found if is_whole else line.match(text, start)
        assert found
        yield start, found.start(1), found.end(), is_whole
        start = found.end()


def _after(plain: re.Pattern[bytes], text: mmap.mmap, start: int) -> int:
    while found := plain.match(text, start):
        start = found.end()
    return start


def _record(delivery: Delivery) -> bytes:
    """Cells, over several lines if need be, in which every quote that begins a cell also ends one."""
    quote, delimiter = delivery.quote.encode(), re.escape(delivery.delimiter.encode())
    if not quote:
        return rb"[^\r\n]*+"
    cell = rb"(?:(?![ ]*" + quote + rb")" + _without(delivery, rb"\r\n")
    cell += rb"|[ ]*" + _quoted(delivery) + rb"[ ]*+(?=" + delimiter + rb"|[\r\n]|\Z))"
    return cell + rb"(?:" + delimiter + cell + rb")*"


def _without(delivery: Delivery, excluded: bytes) -> bytes:
    """Text without the excluded letters and without the delimiter.

    Only single letters are repeated possessively: for groups, Python before 3.11.5 matches wrongly (cpython 106052).
    """
    delimiter = delivery.delimiter.encode()
    first = re.escape(delimiter[:1])
    letters = rb"[^" + excluded + first + rb"]*+"
    return letters + rb"(?:(?!" + re.escape(delimiter) + rb")" + first + letters + rb")*"


def _quoted_cell(delivery: Delivery) -> bytes:
    """A cell's quotes stand where cells begin and end; others are text."""
    end = rb"(?=[ \r\n]|" + re.escape(delivery.delimiter.encode()) + rb"|\Z)"
    return _start(delivery) + rb"[ ]*" + _quoted(delivery) + end


def _quoted(delivery: Delivery) -> bytes:
    quote = delivery.quote.encode()
    letters, escaped = rb"[^" + quote + rb"]*+", quote * 2
    if delivery.escape == "\\":
        letters, escaped = rb"[^" + quote + rb"\\]*+", rb"\\."
    return quote + letters + rb"(?:" + escaped + letters + rb")*" + quote


def _start(delivery: Delivery) -> bytes:
    return rb"(?:\A|(?<=[\r\n])|(?<=" + re.escape(delivery.delimiter.encode()) + rb"))"


def _write_changed(source: Path, target: Path, pattern: bytes, change: Callable[[bytes], bytes]) -> None:
    """Write the text with every match of the pattern changed."""
    with source.open("rb") as file, target.open("xb") as copy:
        if not source.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            position = 0
            for found in re.finditer(pattern, text, re.DOTALL):
                changed = change(found[0])
                if changed != found[0]:
                    copy.write(text[position : found.start()])
                    copy.write(changed)
                    position = found.end()
            copy.write(text[position:])
