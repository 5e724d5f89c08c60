"""What changed in the header of a table's files is told once, of the delivery with which it came."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from delivered import a_delivery

from healthcare_elt.pipeline.schema_changes import SchemaChange, schema_changes
from healthcare_elt.warehouse.load_log import LoadLogEntry

NOW = datetime(2026, 1, 9, tzinfo=UTC)


def loaded(arrival: int, day: int, columns: str, withdrawn: bool = False, **fields: Any) -> LoadLogEntry:
    delivery = a_delivery(arrival, day=date(2026, 1, day), columns=tuple(columns), **fields)
    return LoadLogEntry(
        delivery_id=f"d{arrival}", system=delivery.system, table=delivery.table, delivery_date=delivery.delivery_date,
        arrival=arrival, delivers="changes", landing_key="", sha256="", name="", bytes=1, modified_ns=1,
        details=delivery.to_json(), rows=1, rejects=0, run_id="run", loaded_at=NOW,
        withdrawn_at=NOW if withdrawn else None,
    )  # fmt: skip


def told(changes: list[SchemaChange]) -> list[tuple[str, str]]:
    return [(change.delivery_id, change.sentence) for change in changes]


def test_columns_that_come_go_or_change_places_are_told_of_the_delivery_with_which_they_came() -> None:
    log = [loaded(1, 1, "abc"), loaded(2, 2, "abc"), loaded(3, 3, "cabx"), loaded(4, 4, "cabx"), loaded(5, 5, "ca")]
    assert told(schema_changes(log)) == [
        ("d3", "new columns: x"),
        ("d3", "other order of columns: c, a, b"),
        ("d5", "columns no longer there: b, x"),
    ]
    assert told(schema_changes(log, {"d5"})) == [("d5", "columns no longer there: b, x")]


def test_another_file_format_is_a_change_and_its_columns_are_compared_all_the_same() -> None:
    log = [loaded(1, 1, "ab"), loaded(2, 2, "ab", format="parquet")]
    assert told(schema_changes(log)) == [("d2", "other file format: csv to parquet")]


def test_deliveries_are_compared_by_date_whatever_the_order_in_which_they_arrived() -> None:
    log = [loaded(1, 1, "ab"), loaded(2, 3, "abc"), loaded(3, 2, "abc")]
    assert told(schema_changes(log)) == told(schema_changes(reversed(log))) == [("d3", "new columns: c")]


def test_a_delivery_that_is_withdrawn_is_compared_with_none() -> None:
    log = [loaded(1, 1, "ab"), loaded(2, 2, "abc", withdrawn=True), loaded(3, 3, "ab")]
    assert schema_changes(log) == []


def test_tables_are_not_compared_with_each_other() -> None:
    log = [loaded(1, 1, "ab"), loaded(2, 2, "xy", table="visits")]
    assert schema_changes(log) == []
