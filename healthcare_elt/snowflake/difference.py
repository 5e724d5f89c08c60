"""A place in which the account is not as planned, and asking the account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.errors import SnowflakeError, of_definition

Row = dict[str, Any]
Ask = Callable[[str], list[Row]]
"""Runs one statement and gives its rows by column name in lower case."""


@dataclass(frozen=True)
class Difference:
    """What is there and what was planned, in a word or two each; never a value of a row."""

    what: str
    found: str
    planned: str


def asking(cursor: Any, snowflake: SnowflakeSettings) -> Ask:
    """Questions over a cursor of the connector.

    Raises:
        SnowflakeError: by each question that Snowflake refuses.
    """
    from snowflake.connector.errors import Error

    def ask(statement: str) -> list[Row]:
        try:
            rows = cursor.execute(statement).fetchall()
        except Error as error:
            raise SnowflakeError(f"Asking `{statement[:80]}` failed: {of_definition(error, snowflake)}") from None
        names = [column[0].lower() for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    return ask


def missing(what: str, names: Iterable[str], there: Iterable[str]) -> Iterator[Difference]:
    """Of those planned, the ones that are not there."""
    there = {name.upper() for name in there}
    yield from (Difference(f"{what} {name}", "missing", "there") for name in names if name.upper() not in there)


def changed(what: str, found: dict[str, Any], planned: dict[str, Any]) -> Iterator[Difference]:
    """Properties that have another value than planned; case and the form of numbers do not matter."""
    for name, value in planned.items():
        if plain(found.get(name)) != plain(value):
            yield Difference(f"{what}: {name}", str(found.get(name)), str(value))


def plain(value: Any) -> str:
    text = " ".join(str(value).lower().split())
    return text.removesuffix(".00")


def named(rows: Iterable[Row]) -> dict[str, Row]:
    return {str(row["name"]).upper(): row for row in rows}
