"""The SQL of `classify`, on any deliveries with their rows in any order, gives the oracle's account (P1, P3).

The macro is rendered once by dbt for each kind of contract and run on a connection in memory. The contracts are made
here: every way of delivering, keys of one and of two columns, the moment of effect from the delivery or from a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import duckdb
import pytest
from effort import effort
from history_oracle import Account, Delivery, account_of
from hypothesis import given
from hypothesis import strategies as st
from rendered_sql import Render

from healthcare_elt.warehouse.columns import LOAD_LOG

FIRST = datetime(2026, 1, 2)
NAMES = {"full": "providers", "changes": "patients"}
"""Source tables of icon_health that deliver so: which deliveries count is asked of their real contracts."""


@dataclass(frozen=True)
class Kind:
    """A contract with the columns a, b, c and the moment m."""

    delivers: str
    key: tuple[str, ...]
    effective_at: str = "delivery_date"

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(name for name in ("a", "b", "c", "m") if name not in self.key)

    @property
    def jinja(self) -> str:
        columns = {name: {"name": name} for name in ("a", "b", "c", "m")}
        contract = {"delivers": self.delivers, "key": list(self.key), "effective_at": self.effective_at}
        names = {"system": "icon_health", "table": NAMES[self.delivers]}
        node = {"columns": columns, "config": {"meta": {"contract": contract}}}
        several = f"'(' ~ keys_of_several_rows('select * from typed', {names}, {node}) ~ ')'"
        return f"{{{{ classify_all('select * from typed', {several}, {names}, {node}) }}}}"


KINDS = [
    Kind("full", ("a",)),
    Kind("full", ("a", "b")),
    Kind("changes", ("a",)),
    Kind("changes", ("a", "b")),
    Kind("changes", ("a", "b", "c", "m")),
    Kind("changes", ("a",), "m"),
]

cells = st.sampled_from(["1", "2", None])
rows = st.tuples(st.sampled_from("klmnop"), cells, cells, st.integers(0, 2), st.integers(0, 5))
"""Three texts, a moment, and 0 for a row that broke a rule."""
sets = st.lists(st.tuples(st.integers(0, 3), st.lists(rows, min_size=1, max_size=9)), max_size=6)
"""The day and the rows of each delivery, in order of arrival."""


@dataclass(frozen=True)
class Classified:
    connection: duckdb.DuckDBPyConnection
    sql: dict[Kind, str] = field(repr=False)

    def account(self, kind: Kind, deliveries: list[Delivery], random: Random) -> list[tuple]:
        """Place, class, key, moment and values of every row that comes out; the rows go in in any order."""
        log = [(f"{each.arrival}", each.day, each.arrival, len(each.rows), 0) for each in deliveries]
        typed = [_typed(kind, each, number, row) for each in deliveries for number, row in enumerate(each.rows, 1)]
        self._fill("meta.load_log (delivery_id, delivery_date, arrival, rows, rejects)", random.sample(log, len(log)))
        self._fill("typed", random.sample(typed, len(typed)))
        table = NAMES[kind.delivers]
        self.connection.execute(f"update meta.load_log set system = 'icon_health', table_name = '{table}'")
        return self.connection.execute(
            f"select _delivery_date, _delivery_id, _row_number, _class, _effective_at, _is_deleted, _is_current, "
            f"_first_effective_at, {', '.join(kind.key)}, {', '.join(kind.values) or 'null'} "
            f"from ({self.sql[kind]}) as c"
        ).fetchall()

    def _fill(self, table: str, lines: list[tuple]) -> None:
        self.connection.execute(f"truncate {table.split()[0]}")
        if lines:
            marks = f"({', '.join('?' * len(lines[0]))})"
            cells = [cell for line in lines for cell in line]
            self.connection.execute(f"insert into {table} values {', '.join([marks] * len(lines))}", cells)


def _typed(kind: Kind, delivery: Delivery, number: int, row: dict[str, Any]) -> tuple:
    moment = row["m"] if kind.effective_at == "m" else delivery.day
    reasons = "a.required" if number in delivery.broken else ""
    return (f"{delivery.arrival}", number, delivery.day, delivery.arrival, moment, *row.values(), reasons, "")


@pytest.fixture(scope="module")
def classified(render: Render) -> Iterator[Classified]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1; attach ':memory:' as warehouse; use warehouse; create schema meta")
        columns = ", ".join(f"{name} {kind.split()[0]}" for name, kind in LOAD_LOG.items())
        connection.execute(f"create table meta.load_log ({columns})")
        connection.execute(
            "create table typed (_delivery_id varchar, _row_number bigint, _delivery_date date, _arrival bigint, "
            "_effective_at timestamp, a varchar, b varchar, c varchar, m timestamp, _reasons varchar, "
            "_bad_elements varchar)"
        )
        for table in set(NAMES.values()):
            names = {"system": "icon_health", "table": table}
            active = render(f"create view {{{{ active_table({names}) }}}} as {{{{ active_deliveries({names}) }}}}")
            connection.execute(active)
        yield Classified(connection, {kind: render(kind.jinja) for kind in KINDS})


def _deliveries(tried: list[tuple[int, list[tuple]]]) -> list[Delivery]:
    return [
        Delivery(
            FIRST + timedelta(days=day),
            arrival,
            [{"a": a, "b": b, "c": c, "m": FIRST + timedelta(hours=12 * half)} for a, b, c, half, _ in lines],
            frozenset(number for number, line in enumerate(lines, 1) if line[-1] == 0),
        )
        for arrival, (day, lines) in enumerate(tried, 1)
    ]


def _account(kind: Kind, found: list[tuple]) -> Account:
    """What came out, in the oracle's words."""
    account = Account()
    width = len(kind.key)
    for day, delivery, number, told, moment, is_deleted, _, _, *cells in found:
        if told in ("version", "tombstone"):
            assert is_deleted == (told == "tombstone")
            said = None if is_deleted else tuple(cells[width : width + len(kind.values)])
            account.states.setdefault(tuple(cells[:width]), []).append((moment, said))
        if told != "tombstone":
            place = (datetime.combine(day, datetime.min.time()), int(delivery), number)
            assert place not in account.classes
            account.classes[place] = told
    for states in account.states.values():
        states.sort(key=lambda state: state[0])
    return account


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.delivers}-{'-'.join(kind.key)}-{kind.effective_at}")
@effort(60, 120)
@given(tried_set=sets, seed=st.integers(0, 7))
def test_every_row_is_in_the_oracles_class(
    classified: Classified, tried: Callable[[], None], kind: Kind, tried_set: list, seed: int
) -> None:
    deliveries = _deliveries(tried_set)
    found = classified.account(kind, deliveries, Random(seed))
    effective_at = kind.effective_at if kind.effective_at == "m" else None
    expected = account_of(deliveries, kind.delivers, kind.key, kind.values, effective_at)
    account = _account(kind, found)
    assert account.classes == expected.classes
    assert account.states == expected.states
    kept = [row for row in found if row[3] in ("version", "tombstone")]
    keys = {tuple(row[8 : 8 + len(kind.key)]) for row in kept if row[6]}
    assert keys == expected.current.keys()
    for row in kept:
        assert row[7] == expected.states[tuple(row[8 : 8 + len(kind.key)])][0][0]
    tried()
