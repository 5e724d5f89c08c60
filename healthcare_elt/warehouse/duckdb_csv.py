"""CSV files into the staged table by DuckDB's own reader, all of a batch in one statement.

Here belongs what DuckDB's reader needs to be told, and what it says about lines that are no rows. Copies for files
that it cannot read are made in `csv_file`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import duckdb

from healthcare_elt.warehouse import rejects as words
from healthcare_elt.warehouse.content import Found, found_at
from healthcare_elt.warehouse.csv_file import CsvFile, with_one_line_end, without
from healthcare_elt.warehouse.duckdb_sql import STAGED, literal, staged_columns
from healthcare_elt.warehouse.rejects import Reject

LONGEST_LINE = 16 << 20
BUFFER = 32 << 20
LONGEST_RAW = 1 << 20
MOST_SET_ASIDE = 20
"""Broken quotes in one file that are mended one by one; what they swallow beyond that is one reject each."""

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
        ReadAlone: a file has broken quotes or mixed line ends, which are mended where it is read alone.
    """
    files, aside = list(files), []
    broken = _read_mended(connection, files, columns, work)
    for _ in range(MOST_SET_ASIDE):
        line = _swallowing(broken)
        if line and len(files) > 1:
            raise ReadAlone
        reject = _set_aside(files, line, work) if line else None
        if reject is None:
            break
        aside.append(reject)
        broken = _read_mended(connection, files, columns, work)
    return sorted([*aside, *_rejects(files, broken)], key=lambda reject: (reject.file, reject.line))


class ReadAlone(Exception):
    """The files of a batch have to be read one by one."""


@dataclass(frozen=True)
class _BrokenLine:
    file: int
    row: int
    """Counted by DuckDB, the header as 1."""
    start: int
    """Position of its first byte in the content."""
    text: str
    """With one `?` for each byte that is no UTF-8."""
    errors: tuple[str, ...]

    @property
    def span(self) -> tuple[int, int]:
        return self.start, len(self.text.encode())


def _read_mended(
    connection: duckdb.DuckDBPyConnection, files: list[CsvFile], columns: int, work: Path
) -> list[_BrokenLine]:
    """DuckDB reads no file whose line ends are mixed, until they are made the same."""
    try:
        return _read(connection, files, columns)
    except duckdb.InvalidInputException:
        if len(files) > 1:
            raise ReadAlone from None
        files[0] = with_one_line_end(files[0], work)
        return _read(connection, files, columns)


def _read(connection: duckdb.DuckDBPyConnection, files: Sequence[CsvFile], columns: int) -> list[_BrokenLine]:
    connection.execute(f"truncate {STAGED}")
    names = staged_columns(columns)
    # A blank line is no row; with one column DuckDB takes it for a null, while "" is an empty text.
    blank = f"where {names[0]} is not null" if columns == 1 else ""
    try:
        connection.execute(
            f"""
            insert into {STAGED}
            select file_index, {", ".join(names)}
            from read_csv(
                [{", ".join(literal(file.uri) for file in files)}],
                columns = {{{", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)}}},
                auto_detect = false, header = true, delim = {literal(files[0].delivery.delimiter)},
                quote = '"', escape = '"', allow_quoted_nulls = false,
                compression = {literal(files[0].compression)},
                store_rejects = true, rejects_line_size_limit = {LONGEST_RAW},
                max_line_size = {LONGEST_LINE}, buffer_size = {BUFFER}
            )
            {blank}
            """
        )
        found = connection.execute(
            "select file_id, line, line_byte_position, csv_line, list(distinct error_type order by error_type) "
            "from reject_errors group by all order by file_id, line"
        ).fetchall()
    finally:
        connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    return [_broken_line(*each) for each in found]


def _broken_line(file: int, row: int, position: int, text: str | None, errors: list[str]) -> _BrokenLine:
    # DuckDB counts bytes from 1, and sometimes begins with the end of the line before.
    whole = text or ""
    stripped = whole.lstrip("\r\n")
    return _BrokenLine(file, row, position - 1 + len(whole) - len(stripped), stripped, tuple(errors))


def _swallowing(broken: Iterable[_BrokenLine]) -> _BrokenLine | None:
    """The first line whose broken quote made DuckDB take the next lines into it."""
    quotes = (line for line in broken if "UNQUOTED VALUE" in line.errors)
    return next((line for line in quotes if len(_LINE_END.split(line.text.rstrip("\r\n"))) > 1), None)


def _set_aside(files: list[CsvFile], broken: _BrokenLine, work: Path) -> Reject | None:
    """Leave the line out of its file, so that those after it are read; None if it is not where it should be."""
    file = files[broken.file]
    line = replace(broken, text=_LINE_END.split(broken.text)[0])
    with file.content() as content:
        found = next(found_at(content, [line.span]))
    if not _is_same(found.raw, line.text):
        return None
    files[broken.file] = without(file, *line.span, work)
    return _reject(file, line, found)


def _rejects(files: Sequence[CsvFile], broken: Iterable[_BrokenLine]) -> Iterator[Reject]:
    for index, lines in groupby(broken, key=lambda line: line.file):
        ours = list(lines)
        with files[index].content() as content:
            for line, found in zip(ours, found_at(content, [line.span for line in ours]), strict=True):
                yield _reject(files[index], line, found)


def _reject(file: CsvFile, line: _BrokenLine, found: Found) -> Reject:
    """DuckDB counts rows, not lines, and hides the bytes of letters that it cannot decode."""
    reasons = (WORDS.get(error, f"cannot be read as CSV ({error.lower()})") for error in line.errors)
    if not _is_same(found.raw, line.text):
        found = Found(line.row, line.text.encode())
    raw = found.raw.decode(errors="backslashreplace")
    return Reject(line.file, found.line + file.skipped, raw, "; ".join(reasons))


def _is_same(raw: bytes, text: str) -> bool:
    """True if they differ at most in characters beyond ASCII, which DuckDB may not show."""
    return _ascii(raw) == _ascii(text.encode())


def _ascii(raw: bytes) -> str:
    return raw.decode("ascii", "replace").replace("\ufffd", "?")
