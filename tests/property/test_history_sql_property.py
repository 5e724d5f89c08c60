"""The SQL of the `history` strategy, on any versions in any order, gives the oracle's history (P3).

The macro is rendered once by dbt and run on a connection in memory, so thousands of examples cost seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from effort import effort
from history_oracle import Version, versions_of
from hypothesis import example, given
from hypothesis import strategies as st
from rendered_sql import Render

FIRST = datetime(2026, 1, 2)
LATE_BETWEEN = [
    ("k", None, 0, False, "a", None), ("k", None, 4, False, "a", None), ("k", None, 2, False, None, "x"),
]  # fmt: skip
"""A late version parts what was one."""

moments = st.integers(0, 5)
"""Half days: two versions on one day, and equal days of different keys."""
cells = st.sampled_from(["a", "b", "", "|", None])
said = st.tuples(st.sampled_from("klmn"), st.sampled_from(["1", None]), moments, st.booleans(), cells, cells)
versions = st.lists(said, max_size=24, unique_by=lambda row: row[:4])
"""Key in two parts, moment, whether deleted, and two columns; at one moment both a live version and a deletion."""


@pytest.fixture(scope="module")
def history(render: Render) -> Iterator[Callable[[list[tuple]], list[tuple]]]:
    """The history that the macro makes of the versions, as rows."""
    arguments = "'select * from versions', ['a', 'b'], 'effective_at', ['x', 'y']"
    sql = render(f"{{{{ history({arguments}) }}}}")
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.execute(
            "create table versions "
            "(a varchar, b varchar, effective_at timestamp, is_deleted boolean, x varchar, y varchar)"
        )

        def run(rows: list[tuple]) -> list[tuple]:
            connection.execute("truncate versions")
            if rows:
                marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(rows))
                connection.execute(f"insert into versions values {marks}", [cell for row in rows for cell in row])
            return connection.execute(
                f"select a, b, dbt_valid_from, dbt_valid_to, x, y, dbt_scd_id, dbt_updated_at from ({sql}) as h"
            ).fetchall()

        yield run


def _expected(rows: list[tuple]) -> dict[tuple[Any, ...], list[Version]]:
    """At one moment a live version beats a deletion."""
    by_key: dict[tuple, dict[datetime, tuple | None]] = {}
    for a, b, moment, is_deleted, *values in rows:
        states = by_key.setdefault((a, b), {})
        if not is_deleted:
            states[moment] = tuple(values)
        else:
            states.setdefault(moment, None)
    histories = {key: versions_of(sorted(states.items(), key=lambda state: state[0])) for key, states in by_key.items()}
    return {key: history for key, history in histories.items() if history}


@effort(1000, 2000)
@example(rows=LATE_BETWEEN)
@given(rows=versions)
def test_history_of_any_versions_is_the_oracles(
    history: Callable[[list[tuple]], list[tuple]], tried: Callable[[], None], rows: list[tuple]
) -> None:
    rows = [(a, b, FIRST + timedelta(hours=12 * moment), *rest) for a, b, moment, *rest in rows]
    found: dict[tuple, list[Version]] = {}
    made = sorted(history(rows), key=lambda row: row[2])
    for a, b, valid_from, valid_to, x, y, _, _ in made:
        found.setdefault((a, b), []).append(Version(valid_from, valid_to, (x, y)))
    assert found == _expected(rows)
    assert len({row[6] for row in made}) == len(made)
    assert all(row[7] == row[2] for row in made)
    tried()
