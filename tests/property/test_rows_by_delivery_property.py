"""What the check of promise P1 counts, by bits of row numbers, is what counting does."""

from __future__ import annotations

from collections import defaultdict

import duckdb
from effort import effort
from hypothesis import example, given
from hypothesis import strategies as st
from rendered_sql import Render

BLOCK = 1024
numbers = st.one_of(st.none(), st.integers(0, 5), st.integers(BLOCK - 2, BLOCK + 2), st.integers(1, 10**12))
rows = st.lists(st.tuples(st.sampled_from("ab"), numbers, st.sampled_from(["version", "tombstone"])), max_size=30)


def test_rows_and_row_numbers_are_counted_by_delivery_however_they_lie(render: Render) -> None:
    sql = render("""{{ rows_by_delivery('classified', "_class <> 'tombstone'") }}""")
    with duckdb.connect() as connection:
        connection.execute("create table classified (_delivery_id varchar, _row_number bigint, _class varchar)")

        @effort(150, 3000)
        @example([("a", BLOCK - 1, "version"), ("a", BLOCK, "version"), ("a", BLOCK, "version")])
        @given(rows)
        def counted(said: list[tuple[str, int | None, str]]) -> None:
            connection.execute("truncate classified")
            if said:
                connection.executemany("insert into classified values (?, ?, ?)", said)
            expected: dict[str, list[int | None]] = defaultdict(list)
            for delivery_id, number, of_class in said:
                if of_class == "version":
                    expected[delivery_id].append(number)
            assert {found[0]: found[1:] for found in connection.execute(sql).fetchall()} == {
                delivery_id: (len(of_delivery), len(set(of_delivery) - {None}))
                for delivery_id, of_delivery in expected.items()
            }

        counted()
