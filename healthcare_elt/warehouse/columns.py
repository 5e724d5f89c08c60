"""The columns that the platform itself gives bronze, rejects and the load log, whatever the engine.

Here belongs their names and types, in words that DuckDB reads as they are and other engines translate.
"""

from __future__ import annotations

Columns = dict[str, set[str]]
"""Column names by table or view, `schema.name`, as `Warehouse.columns` gives them; all in lower case."""

BRONZE_OWN = {
    "_delivery_id": "varchar",
    "_row_number": "bigint",
    "_delivery_date": "date",
    "_arrival": "bigint",
    "_loaded_at": "timestamp",
}
"""What bronze adds to every row."""

REJECTS = {
    "_delivery_id": "varchar",
    "_delivery_date": "date",
    "_arrival": "bigint",
    "_line_number": "bigint",
    "_raw": "varchar",
    "_reason": "varchar",
    "_loaded_at": "timestamp",
}

LOAD_LOG = {
    "delivery_id": "varchar primary key",
    "system": "varchar not null",
    "table_name": "varchar not null",
    "delivery_date": "date not null",
    "arrival": "bigint not null",
    "delivers": "varchar not null",
    "landing_key": "varchar not null",
    "sha256": "varchar not null",
    "name": "varchar not null",
    "bytes": "bigint not null",
    "modified_ns": "bigint not null",
    "details": "varchar not null",
    "rows": "bigint not null",
    "rejects": "bigint not null",
    "run_id": "varchar not null",
    "loaded_at": "timestamp not null",
    "withdrawn_at": "timestamp",
    "withdrawn_reason": "varchar",
    "ignored_columns": "varchar",
}
