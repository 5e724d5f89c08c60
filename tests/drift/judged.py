"""Drift judged by the product's own SQL, without a build: one DuckDB connection, any rows.

Here belongs what stands in for a home: typed rows of deliveries, and the models of models/curated/health as dbt renders
them once. What the rows are is in `shifts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

Render = Callable[[str], str]
MODELS = ("delivery_profiles", "delivery_shares", "data_drift")


@dataclass(frozen=True)
class Judge:
    """The three models as SQL that any DuckDB connection with a database called `warehouse` runs."""

    models: dict[str, str]

    @classmethod
    def of(cls, project: Path, render: Render, tables: Sequence[tuple[str, str]]) -> Judge:
        """Rendered for these source tables, as [system, table]."""
        found = {}
        for name in MODELS:
            text = (project / "models" / "curated" / "health" / f"{name}.sql").read_text("utf-8")
            text = re.sub(r"{{ config\(.*?\) }}\n", "", text).replace("due_tables()", str([list(t) for t in tables]))
            found[name] = render(text)
        return cls(found)

    def judge(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the models from the tables in silver; every delivery in `due__inline_query` is judged."""
        for name, sql in self.models.items():
            connection.execute(f"create or replace table curated.{name} as {sql}")


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as warehouse; use warehouse; create schema silver; create schema curated")
    return connection
