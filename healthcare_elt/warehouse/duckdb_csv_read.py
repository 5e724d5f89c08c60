"""One reading of CSV files by DuckDB into the staged table.

Here belongs what DuckDB's reader needs to be told, and what it says about lines that are no rows. What is made of
those is in `duckdb_csv`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from healthcare_elt.warehouse.csv_copy import LONGEST_LINE
from healthcare_elt.warehouse.csv_file import LONGEST_RAW, CsvFile
from healthcare_elt.warehouse.duckdb_sql import STAGED, literal, staged_columns

BUFFER = 32 << 20
"""DuckDB passes over a longer line without a word."""

_BROKEN_LINES = """
    select file_id, line, line_byte_position, csv_line, list(distinct error_type order by error_type)
    from reject_errors group by all order by file_id, line, line_byte_position
"""
# Mixed line ends near broken quotes can make DuckDB show no text, or that of another line.
_IS_LOST = f"""
    select count(*) > 0 from reject_errors
    where coalesce(csv_line, '') = '' or (
        error_type = 'UNQUOTED VALUE' and strlen(csv_line) < {LONGEST_RAW}
        and byte_position >= line_byte_position + strlen(csv_line)
    )
"""


@dataclass(frozen=True)
class BrokenLine:
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


def read_csv(connection: duckdb.DuckDBPyConnection, files: Sequence[CsvFile], columns: int) -> list[BrokenLine] | None:
    """What DuckDB says about lines that are no rows; None if it lost its way, staged rows are void then."""
    connection.execute(f"truncate {STAGED}")
    into = f"insert into {STAGED} select file_index, {', '.join(staged_columns(columns))}"
    read = _read(connection, into, files, columns)
    return None if read is None else read[1]


def count_csv(connection: duckdb.DuckDBPyConnection, file: CsvFile, columns: int) -> int | None:
    """How many rows and broken lines a file has that is read alone; None if DuckDB loses its way."""
    read = _read(connection, "select count(*)", [file], columns)
    return None if read is None else read[0] + len(read[1])


def _read(
    connection: duckdb.DuckDBPyConnection, what: str, files: Sequence[CsvFile], columns: int
) -> tuple[int, list[BrokenLine]] | None:
    """How many rows there are, and the broken lines; None if DuckDB lost its way."""
    names = staged_columns(columns)
    # A blank line is no row; with one column DuckDB takes it for a null, while "" is an empty text.
    blank = f"where {names[0]} is not null" if columns == 1 else ""
    dialect = files[0].delivery
    try:
        ((rows,),) = connection.execute(
            f"""
            {what}
            from read_csv(
                [{", ".join(literal(file.uri) for file in files)}],
                columns = {{{", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)}}},
                auto_detect = false, header = true, delim = {literal(dialect.delimiter)},
                quote = {literal(dialect.quote)}, escape = {literal(dialect.escape)}, allow_quoted_nulls = false,
                compression = {literal(files[0].compression)},
                store_rejects = true, rejects_line_size_limit = {LONGEST_RAW},
                max_line_size = {LONGEST_LINE}, buffer_size = {BUFFER}
            )
            {blank}
            """
        ).fetchall()
        found = connection.execute(_BROKEN_LINES).fetchall()
        is_lost = connection.execute(_IS_LOST).fetchall()[0][0]
    except duckdb.InvalidInputException:
        return None
    finally:
        connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    return None if is_lost else (rows, [_broken_line(*each) for each in found])


def _broken_line(file: int, row: int, position: int, text: str, errors: list[str]) -> BrokenLine:
    # DuckDB counts bytes from 1, and sometimes begins with the end of the line before.
    stripped = text.lstrip("\r\n")
    return BrokenLine(file, row, position - 1 + len(text) - len(stripped), stripped, tuple(errors))
