"""What the emulator's own tests share: a session in a database of the test's own, and S3 on loopback for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from object_store import ObjectStore
from snowflake_server import SnowflakeServer, running

Run = Callable[..., list[tuple[Any, ...]]]
"""`run(statement)`: its rows."""


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    with ObjectStore() as store:
        yield store


@pytest.fixture(scope="session")
def snowflake_server(tmp_path_factory: pytest.TempPathFactory, object_store: ObjectStore) -> Iterator[SnowflakeServer]:
    """A server of these tests alone, which reaches the object store."""
    environment = {
        "AWS_ENDPOINT_URL": object_store.url,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with running(tmp_path_factory.mktemp("snowflake") / "journal.jsonl", environment) as server:
        yield server


@pytest.fixture
def connection(snowflake_server: SnowflakeServer, snowflake_database: str) -> Iterator[Any]:
    with snowflake_server.connect(database=snowflake_database, schema="PUBLIC", network_timeout=30) as connection:
        yield connection


@pytest.fixture
def run(connection: Any) -> Run:
    return lambda statement, *bound: connection.cursor().execute(statement, *bound).fetchall()
