"""COPY INTO, and telling which files it reads as every CSV reader would.

Here belongs the statement for one group of files, and the doubt about each file afterwards. A file that leaves a doubt
(broken quotes, ragged lines, quotes or line ends inside of cells, a header again) is read by DuckDB instead, as on a
laptop, and comes back as Parquet: the same cells and the same rejects on every target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from healthcare_elt.landing import Delivery
from healthcare_elt.snowflake.names import text
from healthcare_elt.warehouse.duckdb_sql import staged_columns
from healthcare_elt.warehouse.header import AROUND, header_names
from healthcare_elt.warehouse.snowflake_session import Session

STAGED = "META.STAGED"
"""The rows of one COPY on their way into bronze: cells as c1, c2 and so on, `extra`, `file` and `row_number`."""
MOST_FILES = 1000
"""Snowflake takes no more in one COPY."""
_COMPRESSIONS = {"none": "NONE", "gzip": "GZIP", "zstd": "ZSTD"}


@dataclass(frozen=True)
class StagedFile:
    """A file where Snowflake can read it."""

    delivery: Delivery
    path: str
    """Below the stage."""


def is_plain(delivery: Delivery) -> bool:
    """True if COPY can be told all about the file's dialect."""
    return (
        delivery.format == "csv"
        and delivery.encoding in ("utf-8", "utf-8-sig")
        and delivery.escape != "\\"
        and len(delivery.columns) > 1
        and not (delivery.preamble or delivery.has_utf_8 or delivery.has_long_lines)
    )


def alike(deliveries: Iterable[Delivery]) -> list[list[Delivery]]:
    """Deliveries with the same header, dialect and compression, in their order."""
    found: dict[tuple[object, ...], list[Delivery]] = {}
    for d in deliveries:
        found.setdefault((d.columns, d.header, d.delimiter, d.quote, d.compression), []).append(d)
    return list(found.values())


def groups(deliveries: Iterable[Delivery]) -> Iterator[list[StagedFile]]:
    """Files that one COPY reads."""
    for group in alike(deliveries):
        files = [StagedFile(delivery, delivery.landing_key) for delivery in group]
        yield from (files[start : start + MOST_FILES] for start in range(0, len(files), MOST_FILES))


def create_staged(count: int) -> str:
    cells = ", ".join(f"{name} varchar" for name in staged_columns(count))
    return f"create or replace temporary table {STAGED} ({cells}, extra varchar, file varchar, row_number number(19))"


def copy_csv(stage: str, files: Sequence[StagedFile]) -> str:
    """All cells as text by their position, and one position more: what is there is too much."""
    delivery = files[0].delivery
    cells = ", ".join(f"t.${position}" for position in range(1, len(delivery.columns) + 2))
    names = ", ".join(text(file.path) for file in files)
    return f"""
copy into {STAGED} from (
    select {cells}, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER from @{stage} as t
)
files = ({names})
file_format = (
    type = csv, skip_header = 1, field_delimiter = {text(delivery.delimiter)},
    field_optionally_enclosed_by = {text(delivery.quote) if delivery.quote else "NONE"},
    escape = NONE, escape_unenclosed_field = NONE, null_if = (), empty_field_as_null = false, trim_space = false,
    skip_blank_lines = true, error_on_column_count_mismatch = false, encoding = 'UTF8',
    compression = {_COMPRESSIONS[delivery.compression]}
)
force = true
on_error = continue
"""


def copy_parquet(stage: str, path: str, count: int) -> str:
    cells = ", ".join(f"$1:{name}::varchar" for name in staged_columns(count))
    return f"""
copy into {STAGED} from (
    select {cells}, null, $1:file::varchar, $1:row_number::number(19) from @{stage}
)
files = ({text(path)})
file_format = (type = parquet)
force = true
on_error = abort_statement
"""


@dataclass(frozen=True)
class Read:
    """What one COPY staged."""

    names: Mapping[str, StagedFile]
    """Files without a doubt, by the name that Snowflake gives them."""
    doubtful: Sequence[StagedFile]


def read_csv(session: Session, stage: str, files: Sequence[StagedFile]) -> Read:
    """Stage the rows of a group of files."""
    columns = len(files[0].delivery.columns)
    session.execute(create_staged(columns))
    told = {_file_of(row["file"], files).path: row for row in session.rows(copy_csv(stage, files)) if row.get("file")}
    # COPY may pass over a file that it does not get, and say nothing of it.
    doubtful = {file.path for file in files if file.path not in told or told[file.path]["errors_seen"]}
    names: dict[str, StagedFile] = {}
    for row in session.rows(
        f"select file, count_if({_doubt(files[0].delivery)}) as doubts from {STAGED} group by file"
    ):
        file = _file_of(row["file"], files)
        if row["doubts"]:
            doubtful.add(file.path)
        elif file.path not in doubtful:
            names[row["file"]] = file
    return Read(names, [file for file in files if file.path in doubtful])


def _file_of(name: str, files: Sequence[StagedFile]) -> StagedFile:
    """Snowflake's names begin at the bucket or at the stage."""
    return next(file for file in files if name.endswith(file.path) or file.path.endswith(name))


def _doubt(delivery: Delivery) -> str:
    cells = staged_columns(len(delivery.columns))
    letters = [*([text(delivery.quote)] if delivery.quote else []), "char(10)", "char(13)"]
    doubts = [f"{cells[-1]} is null", "extra is not null"]
    doubts += [f"contains({cell}, {letter})" for cell in cells for letter in letters]
    names = zip(cells, header_names(delivery), strict=True)
    header = [f"lower(trim({cell}, {text(AROUND)})) = {text(name)}" for cell, name in names]
    return f"{' or '.join(doubts)} or ({' and '.join(header)})"
