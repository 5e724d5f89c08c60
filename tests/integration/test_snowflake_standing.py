"""Looking whether there is anything to do asks Snowflake for the load log only after a change, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from snowflake_places import opened, prepared, working
from snowflake_server import SnowflakeServer

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.warehouse.snowflake_warehouse import SnowflakeWarehouse


@pytest.fixture
def settings(snowflake_server: SnowflakeServer, snowflake_database: str) -> SnowflakeSettings:
    return prepared(snowflake_server, snowflake_database, [], None)


@pytest.fixture
def warehouse(settings: SnowflakeSettings, tmp_path: Path) -> Iterator[SnowflakeWarehouse]:
    with opened(settings, tmp_path, has_stage=False) as warehouse:
        warehouse.prepare([])
        yield warehouse


def load_elsewhere(settings: SnowflakeSettings, delivery: str) -> None:
    """What another machine writes."""
    texts = ("delivery_id", "system", "table_name", "delivers", "landing_key", "sha256", "name", "details", "run_id")
    numbers = ('"ROWS"', "rejects", "arrival", "bytes", "modified_ns")
    into = ", ".join([*texts, *numbers, "delivery_date", "loaded_at"])
    values = [f"'{delivery}'"] * len(texts) + ["1"] * len(numbers) + ["'2026-01-02'::date", "'2026-01-02'::timestamp"]
    with working(settings, "loader") as connection:
        connection.cursor().execute(f"insert into META.LOAD_LOG ({into}) select {', '.join(values)}")


def asked(server: SnowflakeServer) -> int:
    """How often the load log was read since this was asked last."""
    found = sum("from meta.load_log" in entry["statement"] for entry in server.journal())
    server.clear_journal()
    return found


def test_the_load_log_is_read_once_and_again_after_another_machine_has_loaded(
    snowflake_server: SnowflakeServer, settings: SnowflakeSettings, warehouse: SnowflakeWarehouse, tmp_path: Path
) -> None:
    load_elsewhere(settings, "first")
    asked(snowflake_server)
    assert [warehouse.loaded_ids() for _ in range(3)] == [{"first"}] * 3
    assert asked(snowflake_server) == 1

    load_elsewhere(settings, "second")
    assert [warehouse.loaded_ids() for _ in range(3)] == [{"first", "second"}] * 3
    assert asked(snowflake_server) == 1

    with opened(settings, tmp_path, has_stage=False) as later:
        assert later.loaded_ids() == {"first", "second"}
        assert asked(snowflake_server) == 0
        later.execute(f"delete from {settings.database}.META.LOAD_LOG where delivery_id = 'first'")
        assert later.loaded_ids() == {"second"}
