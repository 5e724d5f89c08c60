"""The account as a whole: what all sessions share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakesnow import info_schema, macros
from fakesnow.instance import FakeSnow

from . import functions, patches
from .account import Account
from .faults import Faults
from .grants import Grants
from .journal import Journal
from .refusals import Refusals
from .session import Session


class Emulator(FakeSnow):
    """fakesnow's databases, in memory, and what the account remembers beside them.

    As in Snowflake, connecting makes no database and no schema.
    """

    def __init__(self, journal: Path | None = None) -> None:
        super().__init__()
        patches.apply()
        self.account = Account()
        self.grants = Grants(self.account)
        self.journal = Journal(journal)
        self.faults = Faults()
        self.refusals = Refusals()
        self.transient: set[tuple[str, ...]] = set()
        """The full names of tables made as transient ones."""
        self.etags: dict[tuple[str, ...], str] = {}
        """The content of each loaded file, by table and URL."""

    def connect(self, database: str | None = None, schema: str | None = None, *_: Any, **__: Any) -> Session:
        return Session(self, self.duck_conn.cursor(), self.results_cache, database, schema)

    def forget_inside(self, name: tuple[str, ...]) -> None:
        """A database or schema is gone, and with it what is remembered in it."""
        self.account.forget_inside(name)
        self.transient = {one for one in self.transient if one[: len(name)] != name}

    def create_database(self, name: str) -> None:
        """A database with its schema PUBLIC, before any session."""
        with self.duck_conn.cursor() as duck:
            duck.execute(f"ATTACH ':memory:' AS \"{name}\"")
            duck.execute(info_schema.per_db_creation_sql(name))
            duck.execute(macros.creation_sql(name))
            functions.create_in(duck, name)
            duck.execute(f'CREATE SCHEMA "{name}".PUBLIC')
