"""The rows of a Parquet delivery into the staged table, with every value as text.

Here belongs what a type becomes as text, so that the rules of a contract read it (docs/parquet_and_json.md). It depends
on the file alone, never on the contract, so that the same bytes are the same rows of bronze for ever.
"""

from __future__ import annotations

import duckdb

from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.warehouse.duckdb_sql import STAGED, identifier, literal
from healthcare_elt.warehouse.errors import DamagedFile

NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
DIGITS = {"FLOAT": 24, "DOUBLE": 53}
"""Binary digits: a whole number that needs more may have been another one before it was rounded."""
MOMENTS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
"""Without a time zone: with one, the day depends on where one stands."""
MOST_DIGITS = 38
TOO_LONG = f"has decimals of more than {MOST_DIGITS} digits, which it must hold as text"


def stage_parquet(connection: duckdb.DuckDBPyConnection, index: int, delivery: Delivery, zone: LandingZone) -> None:
    """Raises: DamagedFile: DuckDB would take its decimals for doubles."""
    uri = literal(zone.uri(delivery.landing_key))
    if connection.execute(f"select 1 from parquet_schema({uri}) where precision > {MOST_DIGITS}").fetchone():
        raise DamagedFile(TOO_LONG)
    source = f"read_parquet([{uri}], hive_partitioning = false)"  # the folder's day is not the column's
    types = {row[0]: row[1] for row in connection.execute(f"describe select * from {source}").fetchall()}
    values = [_text(identifier(name), types.get(name, "")) for name in delivery.header or delivery.columns]
    connection.execute(f"insert into {STAGED} select {index}, {', '.join(values)} from {source}")


def _text(value: str, type_name: str) -> str:
    if type_name.endswith("]"):
        return _list_text(value, type_name.rpartition("[")[0])
    if type_name.startswith(NESTED):
        return _json(value)
    return _plain_text(value, type_name)


def _list_text(values: str, type_name: str) -> str:
    """The elements with commas between; JSON where they could not be told apart again."""
    if type_name.endswith("]") or type_name.startswith(NESTED):
        return _json(values)
    texts = f"list_transform({values}, lambda e: nullif({_plain_text('e', type_name)}, ''))"
    ambiguous = f"contains(array_to_string({texts}, ''), ',')"
    return f"case when {ambiguous} then {_json(values)} else array_to_string({texts}, ',') end"


def _plain_text(value: str, type_name: str) -> str:
    text = f"{value}::varchar"
    if type_name == "BLOB":
        return f"coalesce(try(decode({value})), {text})"
    if type_name in MOMENTS:
        return f"regexp_replace({text}, ' 00:00:00$', '')"
    if type_name in DIGITS:
        # Statistics know no NaN, and DuckDB leaves out a comparison that they promise to be true.
        is_whole = f"isfinite({value}) and abs({value}) < {2 ** DIGITS[type_name]} and {value} = trunc({value})"
        return f"case when {is_whole} then {value}::bigint::varchar else {text} end"
    return text


def _json(value: str) -> str:
    """As a JSON delivery has it."""
    return f"to_json({value})::varchar"
