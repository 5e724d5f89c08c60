"""The rows of a batch of deliveries into the staged table, whatever their format.

Here belongs JSON, and the choice; CSV is in `duckdb_csv`, Parquet in `duckdb_parquet`. Bronze is not touched here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.warehouse.content import delivered
from healthcare_elt.warehouse.csv_file import CsvFile
from healthcare_elt.warehouse.duckdb_csv import stage_csv
from healthcare_elt.warehouse.duckdb_parquet import stage_parquet
from healthcare_elt.warehouse.duckdb_sql import STAGED, staged_columns
from healthcare_elt.warehouse.json_rows import BadLine, Row, json_rows
from healthcare_elt.warehouse.rejects import Reject

ROWS_AT_ONCE = 50_000

Source = Delivery | CsvFile


def stage(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], zone: LandingZone, work: Path
) -> list[Reject]:
    """Fill the staged table with all rows, file by file in their order; the lines that are none.

    All sources are of one format, with the same columns.

    Raises:
        DamagedFile, duckdb.Error: a source cannot be read.
    """
    files = [source for source in sources if isinstance(source, CsvFile)]
    deliveries = [source for source in sources if isinstance(source, Delivery)]
    columns = len((files[0].delivery if files else deliveries[0]).columns)
    names = ", ".join(f"{name} varchar" for name in staged_columns(columns))
    connection.execute(f"create or replace temp table staged (file bigint, {names})")
    if files:
        return stage_csv(connection, files, columns, work)
    if deliveries[0].format == "parquet":
        for index, delivery in enumerate(deliveries):
            stage_parquet(connection, index, delivery, zone)
        return []
    return [
        reject for index, delivery in enumerate(deliveries) for reject in _stage_json(connection, index, delivery, zone)
    ]


def _stage_json(
    connection: duckdb.DuckDBPyConnection, index: int, delivery: Delivery, zone: LandingZone
) -> list[Reject]:
    assert delivery.format in ("json", "ndjson")
    rejects: list[Reject] = []
    with delivered(zone, delivery) as content:
        found = json_rows(content, delivery.format, delivery.header or delivery.columns)
        while some := list(islice(found, ROWS_AT_ONCE)):
            rejects += [Reject(index, bad.line, bad.raw, bad.reason) for bad in some if isinstance(bad, BadLine)]
            _insert(connection, index, [row for row in some if not isinstance(row, BadLine)])
    return rejects


def _insert(connection: duckdb.DuckDBPyConnection, index: int, rows: Sequence[Row]) -> None:
    if not rows:
        return
    values = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    names = staged_columns(len(values))
    connection.register("read_rows", pa.table([pa.repeat(index, len(rows)), *values], names=["file", *names]))
    connection.execute(f"insert into {STAGED} select * from read_rows")
    connection.unregister("read_rows")
