"""A session keeps to its transaction."""

from __future__ import annotations

from functools import partial

import pytest
from snowflake_places import prepared
from snowflake_server import SnowflakeServer

from healthcare_elt.pipeline.places import worker_arguments
from healthcare_elt.snowflake.connect import connected
from healthcare_elt.warehouse import snowflake_session
from healthcare_elt.warehouse.snowflake_session import Session

COLUMNS = [f"C{number}" for number in range(14)]
ROWS = 12
"""More values than the connector binds in this account without a stage of its own, whose creation would commit."""


def test_the_insert_of_many_rows_commits_nothing_before_the_end(
    snowflake_server: SnowflakeServer, snowflake_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snowflake_session, "ROWS_AT_ONCE", ROWS - 1)
    settings = prepared(snowflake_server, snowflake_database, [], None)
    session = Session(partial(connected, settings, worker_arguments(settings, "loader")), RuntimeError)
    session.execute(f"create table PUBLIC.T ({', '.join(f'{column} number' for column in COLUMNS)})")
    snowflake_server.clear_journal()
    with session.transaction():
        session.insert("PUBLIC.T", COLUMNS, [tuple(range(len(COLUMNS)))] * ROWS)
    sent = [entry["statement"].split()[0] for entry in snowflake_server.journal()]
    assert session.rows("select count(*) as n from PUBLIC.T") == [{"n": ROWS}]
    session.close()
    assert sent == ["begin", "insert", "insert", "commit"]
