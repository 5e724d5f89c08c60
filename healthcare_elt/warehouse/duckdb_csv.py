"""CSV files into the staged table by DuckDB's own reader, all of a batch in one statement.

Here belongs mending what DuckDB cannot read, and making rejects of lines that are no rows. A single reading is in
`duckdb_csv_read`, and copies of files are made in `csv_file`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import duckdb

from healthcare_elt.warehouse import rejects as words
from healthcare_elt.warehouse.content import Found, chunks, found_at
from healthcare_elt.warehouse.csv_file import LONGEST_RAW, CsvFile, mended
from healthcare_elt.warehouse.duckdb_csv_headers import set_headers_aside
from healthcare_elt.warehouse.duckdb_csv_read import BrokenLine, count_csv, read_csv
from healthcare_elt.warehouse.duckdb_sql import STAGED
from healthcare_elt.warehouse.errors import DamagedFile
from healthcare_elt.warehouse.rejects import Reject

_LINE_END = re.compile(r"\r\n|\r|\n")

WORDS = {
    "MISSING COLUMNS": words.MISSING,
    "TOO MANY COLUMNS": words.TOO_MANY,
    "INVALID ENCODING": words.ENCODING,
    "UNQUOTED VALUE": words.QUOTES,
    "LINE SIZE OVER MAXIMUM": words.TOO_LONG,
}


def stage_csv(
    connection: duckdb.DuckDBPyConnection, files: Sequence[CsvFile], columns: int, work: Path
) -> list[Reject]:
    """Fill the staged table with the rows of all files, in their order; the lines that are none.

    Raises:
        ReadAlone: a file has broken quotes, long lines or mixed line ends, which are mended where it is read alone.
        DamagedFile: no mending helps.
    """
    files, aside = list(files), []
    broken = None if any(file.delivery.has_long_lines for file in files) else read_csv(connection, files, columns)
    if broken is None or any(_is_misread(line) for line in broken) or _lacks_rows(connection, files, broken, columns):
        if len(files) > 1:
            raise ReadAlone
        files[0], lines = mended(files[0], work)
        aside = [_reject(0, files[0], line, _reason(line)) for line in lines]
        broken = read_csv(connection, files, columns)
    if broken is None:
        raise DamagedFile("has quotes and line ends that no CSV reader can follow")
    found = [*_before_headers(files), *aside, *_rejects(files, broken), *set_headers_aside(connection, files)]
    return sorted(found, key=lambda reject: (reject.file, reject.line))


class ReadAlone(Exception):
    """The files of a batch have to be read one by one."""


def _is_misread(line: BrokenLine) -> bool:
    """True if DuckDB took the next lines into this one because of a broken quote, or lost some of them."""
    has_swallowed = "UNQUOTED VALUE" in line.errors and len(_LINE_END.split(line.text.rstrip("\r\n"))) > 1
    return has_swallowed or "LINE SIZE OVER MAXIMUM" in line.errors


def _lacks_rows(
    connection: duckdb.DuckDBPyConnection, files: Sequence[CsvFile], broken: Sequence[BrokenLine], columns: int
) -> bool:
    """True if less came of one of several files than comes of it alone.

    Of more than a few files DuckDB does not tell of a quote that is open to the end of its file, nor of the rows that
    it swallows. It does of a file that is read alone, so one with quotes and more lines than came of it is counted.
    """
    if len(files) == 1:
        return False
    came = Counter(line.file for line in broken)
    came.update(dict(connection.execute(f"select file, count(*) from {STAGED} group by file").fetchall()))
    return any(
        _lines_if_quoted(file) > 1 + came[index] and count_csv(connection, file, columns) != came[index]
        for index, file in enumerate(files)
    )


def _lines_if_quoted(file: CsvFile) -> int:
    """The lines of a file, or a few more; 0 if there is no quote in it."""
    quote, has_quote, lines, last = file.delivery.quote.encode(), False, 0, b""
    with file.content() as content:
        for chunk in chunks(content):
            has_quote = has_quote or (quote != b"" and quote in chunk)
            lines += chunk.count(b"\n") + chunk.count(b"\r") - chunk.count(b"\r\n")
            last = chunk[-1:]
    return lines + (last not in b"\r\n") if has_quote else 0


def _reason(line: Found) -> str:
    return words.TOO_LONG if len(line.raw) == LONGEST_RAW else words.QUOTES


def _before_headers(files: Sequence[CsvFile]) -> Iterator[Reject]:
    for index, file in enumerate(files):
        for number, line in enumerate(file.preamble, start=1):
            if line.strip():
                yield Reject(index, number, line, words.BEFORE_HEADER)


def _rejects(files: Sequence[CsvFile], broken: Iterable[BrokenLine]) -> Iterator[Reject]:
    for index, lines in groupby(broken, key=lambda line: line.file):
        ours = list(lines)
        with files[index].content() as content:
            for line, found in zip(ours, found_at(content, [line.span for line in ours]), strict=True):
                reasons = (WORDS.get(error, f"cannot be read as CSV ({error.lower()})") for error in line.errors)
                # DuckDB counts rows, not lines, and hides the bytes of letters that it cannot decode.
                shown = found if _is_same(found.raw, line.text) else Found(line.row, line.text.encode())
                yield _reject(index, files[index], shown, "; ".join(reasons))


def _reject(index: int, file: CsvFile, found: Found, reason: str) -> Reject:
    raw = found.raw.decode(errors="backslashreplace")
    return Reject(index, found.line + len(file.preamble), raw, reason)


def _is_same(raw: bytes, text: str) -> bool:
    """True if they differ at most in bytes that DuckDB does not show: those beyond ASCII, and some that follow them."""
    delivered, shown = _ascii(raw), _ascii(text.encode())
    return len(delivered) == len(shown) and all(b in (a, "?") for a, b in zip(delivered, shown, strict=True))


def _ascii(raw: bytes) -> str:
    return raw.decode("ascii", "replace").replace("\ufffd", "?")
