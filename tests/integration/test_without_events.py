"""A fact that a build has left out keeps nobody's changes waiting for it, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from snowflake_places import opened, prepared
from snowflake_server import SnowflakeServer

from healthcare_elt.transform.without_events import facts_without_events, record_taken
from healthcare_elt.warehouse import DuckDBWarehouse, Warehouse

BOOKS = (
    "create table meta.change_batches (producer varchar, batch varchar, is_full boolean)",
    "create table meta.consumed_batches (consumer varchar, producer varchar, batch varchar)",
    "insert into meta.change_batches values ('people', 'first', true), ('people', 'second', false), "
    "('others', 'second', false)",
)


def node(name: str, schema: str, *parents: str) -> dict[str, Any]:
    config = {"materialized": "keyed", "meta": {"touched_by": {"people": [["id"]], name[4:]: [["id"]]}}}
    return {"name": name, "schema": schema, "config": config, "depends_on": {"nodes": list(parents)}}


MANIFEST = {
    "nodes": {
        each["name"]: each
        for each in (
            node("devices", "silver"),
            node("visits", "silver"),
            node("dim_people", "gold", "people"),
            node("fct_devices", "gold", "devices", "dim_people"),
            node("fct_both", "gold", "devices", "visits"),
            node("fct_of_facts", "gold", "fct_devices"),
        )
    }
}


@pytest.fixture(params=["duckdb", "snowflake"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    if request.param == "duckdb":
        with DuckDBWarehouse(tmp_path / "warehouse.duckdb") as made:
            made.execute("create schema meta")
            yield made
        return
    server: SnowflakeServer = request.getfixturevalue("snowflake_server")
    settings = prepared(server, request.getfixturevalue("snowflake_database"), [], None)
    with opened(settings, tmp_path, has_stage=False) as made:
        yield made


def test_a_fact_is_left_out_if_nothing_of_any_of_its_events_was_delivered() -> None:
    assert facts_without_events(MANIFEST, {"devices"}) == ["fct_devices"]
    assert facts_without_events(MANIFEST, {"devices", "visits"}) == ["fct_both", "fct_devices"]


def test_what_is_left_out_has_taken_each_batch_once_and_none_that_builds_it_anew(warehouse: Warehouse) -> None:
    for statement in BOOKS:
        warehouse.execute(statement)
    for _ in range(2):
        record_taken(warehouse, MANIFEST, ["fct_devices"])
    found = [
        tuple(row.values()) for row in warehouse.rows("select consumer, producer, batch from meta.consumed_batches")
    ]
    assert found == [("fct_devices", "people", "second")]
    record_taken(warehouse, MANIFEST, [])
