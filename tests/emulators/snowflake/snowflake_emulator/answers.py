"""The rows of an answer in Arrow as the connector reads them.

Here belongs what fakesnow's own conversion leaves out: a timestamp that is null stays null, where it would be the
beginning of 1970.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fakesnow.arrow import to_ipc, to_sf


def encoded(table: pa.Table, rowtype: list[Any]) -> str:
    converted = to_sf(table, rowtype)
    columns = [_with_nulls(*pair) for pair in zip(table.columns, converted.columns, strict=True)]
    return b64encode(to_ipc(pa.Table.from_arrays(columns, schema=converted.schema))).decode()


def _with_nulls(given: pa.ChunkedArray, converted: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_struct(converted.type) or not given.null_count:
        return converted
    parts = [pc.fill_null(part, 0) for part in converted.combine_chunks().flatten()]
    nulls = pa.chunked_array([given.is_null().combine_chunks()]).combine_chunks()
    return pa.chunked_array([pa.StructArray.from_arrays(parts, fields=list(converted.type), mask=nulls)])
