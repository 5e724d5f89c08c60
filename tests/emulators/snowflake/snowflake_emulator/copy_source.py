"""What COPY reads: the rows of staged files as Arrow tables, and the expressions of a transformation over them.

A batch has the columns file (its number), row (METADATA$FILE_ROW_NUMBER), line and c1, c2, … as text; a Parquet file is
a batch of its own with its own columns. In a transformation a missing $n is NULL, and so is a missing Parquet column.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from sqlglot import exp

from .csv_records import CsvFormat, Problem, Record, decoded, records
from .errors import failure
from .json_records import documents
from .stages import StagedFile, read


@dataclass
class Outcome:
    """What became of one file; `problems` are (row, line, what)."""

    file: StagedFile
    parsed: int = 0
    loaded: int = 0
    skipped_as_known: bool = False
    problems: list[tuple[int, int, Problem]] = field(default_factory=list)


@dataclass
class Batch:
    """Rows to be loaded; `width` is how many fields the widest record has, none for Parquet."""

    rows: pa.Table
    kind: str
    width: int = 0


def batches(outcomes: list[Outcome], form: dict[str, Any], columns: int | None) -> Iterator[Batch]:
    """The rows of the files; what is no row is noted in its file's outcome.

    `columns` is how many fields a record must have, if their number is to be checked.
    """
    if form["TYPE"] == "PARQUET":
        for number, outcome in enumerate(outcomes):
            yield _parquet(number, outcome)
        return
    good: list[tuple[int, int, Record]] = []
    for number, outcome in enumerate(outcomes):
        text = decoded(_uncompressed(outcome.file, form), form)
        found = records(text, CsvFormat(form)) if form["TYPE"] == "CSV" else documents(text, form)
        for row, record in enumerate(found, start=1):
            outcome.parsed += 1
            problem = record.problem or _wrong_width(record, columns)
            if problem:
                outcome.problems.append((row, record.line, problem))
            else:
                good.append((number, row, record))
    width = max((len(record.fields) for _, _, record in good), default=0)
    yield Batch(_table(good, width), form["TYPE"], width)


def _table(good: list[tuple[int, int, Record]], width: int) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "file": pa.array([number for number, _, _ in good], pa.int32()),
        "row": pa.array([row for _, row, _ in good], pa.int64()),
        "line": pa.array([record.line for _, _, record in good], pa.int64()),
    }
    for at in range(width):
        fields = [record.fields[at] if at < len(record.fields) else None for _, _, record in good]
        columns[f"c{at + 1}"] = pa.array(fields, pa.string())
    return pa.table(columns)


def _parquet(number: int, outcome: Outcome) -> Batch:
    try:
        rows = pq.read_table(io.BytesIO(read(outcome.file)))
    except pa.ArrowInvalid:
        raise failure(f"Error parsing the parquet file: {outcome.file.shown}", 100169, "22000") from None
    outcome.parsed = rows.num_rows
    counted = pa.array(range(1, rows.num_rows + 1), pa.int64())
    rows = rows.rename_columns([f"p_{name}" for name in rows.column_names])
    rows = rows.append_column("file", pa.array([number] * rows.num_rows, pa.int32()))
    return Batch(rows.append_column("row", counted).append_column("line", counted), "PARQUET")


def _uncompressed(file: StagedFile, form: dict[str, Any]) -> bytes:
    raw = read(file)
    kind = str(form.get("COMPRESSION", "AUTO")).upper()
    if kind == "AUTO":
        kind = {b"\x1f\x8b": "GZIP", b"\x28\xb5": "ZSTD"}.get(raw[:2], "NONE")
    if kind == "GZIP":
        return gzip.decompress(raw)
    if kind == "ZSTD":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw), read_across_frames=True).read()
    if kind == "NONE":
        return raw
    raise failure(f"The emulator does not support this: COMPRESSION = {kind}", 9998, "0A000")


def _wrong_width(record: Record, columns: int | None) -> Problem | None:
    if columns is None or len(record.fields) == columns:
        return None
    text = (
        f"Number of columns in file ({len(record.fields)}) does not match that of the corresponding table ({columns}), "
        "use file format option error_on_column_count_mismatch=false to ignore this error"
    )
    return Problem(text, 100080, "22000")


def over(item: exp.Expression, batch: Batch, outcomes: list[Outcome]) -> exp.Expression:
    """An expression of a transformation with `$n` and METADATA$… turned to the batch's columns."""
    item = item.unalias().copy()
    return item.transform(lambda node: _turned(node, batch, outcomes))


def _turned(node: exp.Expression, batch: Batch, outcomes: list[Outcome]) -> exp.Expression:
    if batch.kind == "PARQUET" and isinstance(node, exp.JSONExtract) and _position(node.this):
        return _parquet_column(node, batch)
    if position := _position(node):
        return _positioned(position, batch)
    if isinstance(node, exp.Column) and node.name.upper().startswith("METADATA$"):
        return _metadata(node.name.upper(), outcomes)
    return node


def _position(node: exp.Expression | None) -> int | None:
    parameter = node.this if isinstance(node, exp.Column) else node
    if isinstance(parameter, exp.Parameter) and isinstance(parameter.this, exp.Literal):
        return int(parameter.this.name)
    return None


def _column(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True))


def _positioned(position: int, batch: Batch) -> exp.Expression:
    if batch.kind == "PARQUET":
        names = [name for name in batch.rows.column_names if name.startswith("p_")]
        pairs = [part for name in names for part in (exp.Literal.string(name[2:]), _column(name))]
        return exp.Anonymous(this="JSON_OBJECT", expressions=pairs)
    return _column(f"c{position}") if position <= batch.width else exp.cast(exp.null(), "text")


def _parquet_column(node: exp.JSONExtract, batch: Batch) -> exp.Expression:
    keys = [part for part in node.expression.expressions if not isinstance(part, exp.JSONPathRoot)]
    name = f"p_{keys[0].this}"
    if name not in batch.rows.column_names:
        return exp.cast(exp.null(), "text")
    if len(keys) == 1:
        return _column(name)
    path = exp.JSONPath(expressions=[exp.JSONPathRoot(), *[key.copy() for key in keys[1:]]])
    return exp.JSONExtract(this=exp.Anonymous(this="TO_JSON", expressions=[_column(name)]), expression=path)


def _metadata(name: str, outcomes: list[Outcome]) -> exp.Expression:
    if name == "METADATA$FILE_ROW_NUMBER":
        return _column("row")
    if name == "METADATA$START_SCAN_TIME":
        return exp.CurrentTimestamp()
    of_file = {
        "METADATA$FILENAME": lambda file: exp.Literal.string(file.name),
        "METADATA$FILE_CONTENT_KEY": lambda file: exp.Literal.string(file.etag),
        "METADATA$FILE_LAST_MODIFIED": lambda file: exp.cast(
            exp.Literal.string(file.modified.strftime("%Y-%m-%d %H:%M:%S")), "timestamp"
        ),
    }
    if name not in of_file:
        raise failure(f"SQL compilation error:\ninvalid identifier '{name}'", 904, "42000")
    values = [(exp.Literal.number(at), of_file[name](outcome.file)) for at, outcome in enumerate(outcomes)]
    return exp.Case(this=_column("file"), ifs=[exp.If(this=at, true=value) for at, value in values])
