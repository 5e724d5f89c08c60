"""Header lines that come again between the rows, as where files were put one after the other.

Here belongs taking them out of the staged table. No cell of theirs is data, and a text column without a rule would
take it for some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import duckdb

from healthcare_elt.landing.names import normalised
from healthcare_elt.landing.records import Dialect, record_at
from healthcare_elt.warehouse import rejects as words
from healthcare_elt.warehouse.content import Content, chunks
from healthcare_elt.warehouse.csv_file import CsvFile
from healthcare_elt.warehouse.duckdb_sql import STAGED, literal, staged_columns
from healthcare_elt.warehouse.header import AROUND, header_names
from healthcare_elt.warehouse.rejects import Reject


def set_headers_aside(connection: duckdb.DuckDBPyConnection, files: Sequence[CsvFile]) -> list[Reject]:
    """Leave the rows out of the staged table that say what the header says; these as rejects.

    Args:
        files: with the same names in their headers.
    """
    names = header_names(files[0].delivery)
    is_header = " and ".join(map(_says, staged_columns(len(names)), names))
    found = connection.execute(
        f"select file, rowid - (select min(rowid) from {STAGED} as s where s.file = staged.file) "
        f"from {STAGED} where {is_header} order by all"
    ).fetchall()
    if found:
        kept = f"select * from {STAGED} where not coalesce({is_header}, false)"
        connection.execute(f"create or replace temp table staged as {kept}")
    return [
        reject
        for index, hits in groupby(found, key=lambda hit: hit[0])
        for reject in _rejects(index, files[index], [row for _, row in hits])
    ]


def _says(cell: str, name: str) -> str:
    """True where the cell is the name; DuckDB asks first what costs least, and most cells are too short."""
    shortest = len(name) if name.isascii() else 0
    return f"strlen({cell}) >= {shortest} and lower(trim({cell}, {literal(AROUND)})) = {literal(name)}"


def _rejects(index: int, file: CsvFile, rows: Sequence[int]) -> Iterator[Reject]:
    with file.content() as content:
        lines = [(number, line) for number, line in _lines(content) if number > 1 and _is_header(line, file)]
    if len(lines) != len(rows):  # one of them is text inside of a cell, or is written over several lines
        lines = [(row + 2, file.delivery.delimiter.join(file.delivery.header)) for row in rows]
    for number, line in lines:
        yield Reject(index, number + len(file.preamble), line, words.HEADER_AGAIN)


def _lines(content: Content) -> Iterator[tuple[int, str]]:
    number, rest = 0, b""
    for chunk in chunks(content):
        # The last one may go on, if only with the line feed of its carriage return.
        *whole, rest = (rest + chunk).splitlines(keepends=True)
        for line in whole:
            number += 1
            yield number, line.decode(errors="backslashreplace").rstrip("\r\n")
    yield number + 1, rest.decode(errors="backslashreplace").rstrip("\r\n")


def _is_header(line: str, file: CsvFile) -> bool:
    delivery = file.delivery
    record = record_at(line.lstrip("\ufeff"), 0, Dialect(delivery.delimiter, delivery.quote, delivery.escape))
    return record is not None and normalised(record[0])[: len(delivery.columns)] == header_names(delivery)
