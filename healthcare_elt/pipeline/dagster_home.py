"""The folder that Dagster keeps a home's history in.

Here belongs what must be there before Dagster starts, for whoever starts it: `run`, `dg dev`, `dg launch`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from healthcare_elt.settings import PROJECT_ROOT, Settings

CONFIG = "dagster.yaml"


def prepare_dagster_home(settings: Settings) -> Path:
    """Make the folder, with the project's dagster.yaml as it is now, and return it."""
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (PROJECT_ROOT / CONFIG).read_text()
    config = folder / CONFIG
    if not config.exists() or config.read_text() != wanted:
        config.write_text(wanted)
    return folder


@contextmanager
def quick_history() -> Iterator[None]:
    """Within this, an event of a run costs a few milliseconds instead of tens.

    For every event Dagster opens, syncs and closes its SQLite files. In write-ahead mode, with a connection held open
    to each file, nothing waits for the disk; a power cut then loses the last events, and no file is damaged.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    held: dict[str, sqlite3.Connection] = {}

    def on_connect(connection: Any, _: Any) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        (_, _, path) = connection.execute("pragma database_list").fetchone()
        if path not in held:
            held[path] = sqlite3.connect(path, check_same_thread=False)
            held[path].execute("select 1 from sqlite_master").fetchone()

    event.listen(Engine, "connect", on_connect)
    try:
        yield
    finally:
        event.remove(Engine, "connect", on_connect)
        for connection in held.values():
            connection.close()
