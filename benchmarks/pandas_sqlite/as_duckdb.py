"""The SQLite file as a DuckDB file with the names of limit/tables.sql, for equality.py; not measured."""

import sqlite3
import sys

import duckdb
import pandas as pd

source, target = sys.argv[1:]
with sqlite3.connect(source) as sqlite, duckdb.connect(target) as connection:
    for (table,) in sqlite.execute("select name from sqlite_master where type = 'table'").fetchall():
        schema, name = table.split("_", 1)
        rows = pd.read_sql(f"select * from {table}", sqlite)
        dates = [
            c
            for c in rows
            if c in ("delivery_date", "effective_date", "encounter_date", "as_of_date", "valid_from", "valid_to")
        ]
        casts = {c: f"cast({c} as date)" for c in dates}
        if schema in ("silver", "gold") and "birth_date" in rows:
            casts["birth_date"] = "cast(birth_date as date)"
        if schema in ("silver", "gold") and "paid_amount" in rows:
            casts["paid_amount"] = "cast(paid_amount as decimal(18, 2))"
        if "is_inferred" in rows:
            casts["is_inferred"] = "is_inferred = 1"
        if schema == "features":
            casts["paid_to_date"] = "cast(cast(paid_to_date as decimal(18, 0)) / 100 as decimal(18, 2))"
        replaced = ", ".join(f"{sql} as {column}" for column, sql in casts.items())
        extra = (
            ", cast(paid_to_date / 100.0 / encounters_to_date as decimal(18, 2)) as mean_paid_to_date"
            if schema == "features"
            else ""
        )
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create table {schema}.{name} as select * replace ({replaced}){extra} from rows")
