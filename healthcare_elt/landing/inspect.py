"""What a delivered file is: format, compression, encoding, delimiter, columns, or why it cannot be loaded.

Here belongs choosing how to look at a file; the ways of looking are `text`, `sniff` and `json_names`.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import json_names
from healthcare_elt.landing.delivery import Compression, Encoding, Format
from healthcare_elt.landing.errors import AgainstContract, BadFile
from healthcare_elt.landing.names import check_names
from healthcare_elt.landing.reading import DeliveredBytes, Readable, compression_of, decompressed
from healthcare_elt.landing.sniff import Header, sniff_header
from healthcare_elt.landing.text import Text
from healthcare_elt.landing.zone import COMPRESSION_SUFFIXES

PARQUET_MAGIC = b"PAR1"
FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".pq": "parquet",
}
NO_HEADER = "is empty; deliver it again with a header line and rows"


@dataclass(frozen=True)
class Inspection:
    """All that one look at a file found out."""

    format: Format
    compression: Compression = "none"
    encoding: Encoding = "utf-8"
    has_utf_8: bool = False
    has_long_lines: bool = False
    delimiter: str = ""
    quote: str = '"'
    escape: str = '"'
    preamble: int = 0
    header: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    new_columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    rejected: str | None = None
    """Why it cannot be loaded, as one sentence with table and file."""
    rejected_by: str = ""
    """The landing fingerprint of the contract that rejected it; empty if no contract would take it."""

    def facts(self) -> dict[str, Any]:
        """What a delivery keeps of it: all but the verdict."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "rejected"}


def inspect(delivered: DeliveredBytes, name: str, contract: Contract) -> Inspection:
    """Look at a file while its bytes go by; afterwards the rest of them may still have to be drained."""
    suffix = _suffix(name)
    first = delivered.peek()
    compression = compression_of(first)
    found = Inspection(format=FORMAT_OF_SUFFIX.get(suffix, "csv"), compression=compression)
    try:
        if first.startswith(PARQUET_MAGIC):
            found = replace(found, format="parquet")
            return _parquet(found, delivered, contract)
        if found.format == "parquet":
            raise BadFile("is not a Parquet file; deliver it again, without further compression")
        stream = decompressed(delivered, compression)
        if found.format == "csv":
            return _csv(found, Text(stream, contract.dialect.encoding), contract, tab_first=suffix == ".tsv")
        return _json(found, stream, contract)
    except BadFile as bad:
        by = contract.landing_fingerprint if isinstance(bad, AgainstContract) else ""
        return replace(found, rejected=f"{contract.name}: {name} {bad}.", rejected_by=by)


def _suffix(name: str) -> str:
    path = PurePosixPath(name.lower())
    return path.with_suffix("").suffix if path.suffix in COMPRESSION_SUFFIXES else path.suffix


def _csv(found: Inspection, text: Text, contract: Contract, tab_first: bool) -> Inspection:
    header = sniff_header(text.head, contract, tab_first)
    if header is None:
        is_blank = not text.head.strip() and not text.has_tail
        raise BadFile(NO_HEADER if is_blank else "has no header line; deliver it with one")
    dialect = header.dialect
    found = replace(
        found,
        encoding=text.encoding,
        has_utf_8=text.has_utf_8,
        has_long_lines=text.has_long_lines,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.escape,
        preamble=len(header.preamble),
    )
    found = _with_names(found, header.names, contract, has_rows=header.has_rows or text.has_tail)
    for warning in (*_about_dialect(header, contract), *_about_encoding(text, contract)):
        found = _warned(found, warning)
    return found


def _about_dialect(header: Header, contract: Contract) -> Iterator[str]:
    """What was told from the file and is rare enough to be wrong."""
    before = sum(bool(line.strip()) for line in header.preamble)
    if before:
        yield f"has {before} line{'s' * (before > 1)} before its header, kept as rejects"
    if header.dialect.quote == "'" and contract.dialect.quote is None:
        yield "is read with single quotes around its texts"
    if header.dialect.escape == "\\" and contract.dialect.escape is None:
        yield "is read with backslashes before its quotes"


def _about_encoding(text: Text, contract: Contract) -> Iterator[str]:
    if contract.dialect.encoding is None and text.encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        yield f"is not UTF-8 and is read as {text.encoding}"
    if text.has_utf_8:
        yield f"has letters in UTF-8 and in {text.encoding}; lines with the former are kept as rejects"
    elif text.encoding in ("utf-8", "utf-8-sig") and text.stray_bytes:
        yield "has bytes that are not UTF-8; their lines are kept as rejects"


def _json(found: Inspection, stream: Readable, contract: Contract) -> Inspection:
    start = _Started(stream)
    if not start.first:
        raise BadFile("is empty; deliver it again")
    encoding: Encoding = "utf-8-sig" if start.has_mark else "utf-8"
    found = replace(found, format="json" if start.first == b"[" else "ndjson", encoding=encoding)
    names = json_names.read_array(start) if found.format == "json" else json_names.read_lines(start)
    # No row, no name: the contract's columns are as true as any.
    header = tuple(names.names) if names.rows else contract.column_names
    found = _with_names(found, header, contract, has_rows=names.rows > 0)
    if names.bad_lines:
        return _warned(found, f"has {names.bad_lines} lines that are no JSON objects; they are kept as rejects")
    return found


class _Started:
    """A stream whose first character is known: `[` begins an array of objects, anything else lines."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._ahead = stream.read()
        while self._ahead and not self._ahead.removeprefix(BOM_UTF8).strip():
            self._ahead = stream.read()
        self.has_mark = self._ahead.startswith(BOM_UTF8)
        self._ahead = self._ahead.removeprefix(BOM_UTF8)
        self.first = self._ahead.lstrip()[:1]

    def read(self, size: int = 0) -> bytes:
        ahead, self._ahead = self._ahead, b""
        return ahead or self._stream.read()


def _parquet(found: Inspection, delivered: DeliveredBytes, contract: Contract) -> Inspection:
    delivered.drain()
    try:
        file = pq.ParquetFile(delivered.source)
        header, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowException, OSError):
        raise BadFile("is a Parquet file that is cut off or damaged; deliver it again") from None
    return _with_names(found, header, contract, has_rows=rows > 0)


def _with_names(found: Inspection, header: tuple[str, ...], contract: Contract, has_rows: bool) -> Inspection:
    names = check_names(header, contract)
    found = replace(found, header=header, columns=names.columns, new_columns=names.new, warnings=names.warnings)
    if has_rows:
        return found
    if contract.delivers == "full" and not contract.allow_empty:
        raise AgainstContract("has a header but no rows, which would delete the whole table; deliver it with rows")
    return _warned(found, "has a header but no rows")


def _warned(found: Inspection, warning: str) -> Inspection:
    return replace(found, warnings=(*found.warnings, warning))
