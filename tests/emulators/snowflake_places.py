"""Databases as `snowflake apply` makes them, on the emulator or in a real account, and the product's warehouse in them.

Here belongs opening and dropping. The server and its faults are in `snowflake_server`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snowflake_server import SnowflakeServer

from healthcare_elt.contracts import Contract
from healthcare_elt.pipeline.places import worker_arguments
from healthcare_elt.secrets import resolve
from healthcare_elt.settings_snowflake import SnowflakeSettings, Worker
from healthcare_elt.snowflake.account import made_roles, made_warehouses
from healthcare_elt.snowflake.apply import apply
from healthcare_elt.snowflake.connect import connected, connection_arguments
from healthcare_elt.snowflake.names import identifier
from healthcare_elt.snowflake.plan import plan
from healthcare_elt.warehouse.snowflake_warehouse import SnowflakeWarehouse
from healthcare_elt.warehouse.standing import StandingAnswers

NEEDED = (
    "warehouses",
    "database",
    "schemas",
    "tags",
    "row access policies",
    "file formats and stages",
    "storage integration",
)
"""Groups without which nothing loads; who may do what is not enforced by the emulator."""
ROLE_ARN = "arn:aws:iam::123456789012:role/snowflake-reads-the-landing-zone"


def snowflake_settings(account: Any, database: str) -> SnowflakeSettings:
    """
    Args:
        account: the emulator, or whatever else tells its SNOWFLAKE_* variables as `settings`.
    """
    named = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in account.settings.items()}
    return SnowflakeSettings(_env_file=None, **({"storage_role_arn": ROLE_ARN} | named | {"database": database}))


def prepared(account: Any, database: str, contracts: Sequence[Contract], landing_url: str | None) -> SnowflakeSettings:
    """The database as the plan makes it; of the plan only what a load needs, where nothing else is enforced."""
    settings = snowflake_settings(account, database)
    groups = plan(settings, contracts, landing_url)
    if isinstance(account, SnowflakeServer):
        groups = [group for group in groups if group.title in ("roles", *NEEDED)]
    with connected(settings, connection_arguments(settings, None, None, resolve=resolve)) as connection:
        list(apply(connection, settings, groups))
    let_work(settings)
    if isinstance(account, SnowflakeServer):
        account.clear_journal()
    return settings


def let_work(settings: SnowflakeSettings) -> None:
    """Grant the roles of the database to the user, as deploy/snowflake/README.md has it done by hand."""
    with administered(settings) as cursor:
        user = identifier(cursor.execute("select current_user()").fetchone()[0])
        for role in (settings.loader_role, settings.transformer_role):
            cursor.execute(f"grant role {role} to user {user}")


def drop_tables(settings: SnowflakeSettings) -> None:
    """What the loader makes is gone, as before the first load."""
    with working(settings, "loader") as connection, connection.cursor() as cursor:
        for schema, kept in (("BRONZE", ""), ("META", "SOURCE_SYSTEM_ACCESS")):
            cursor.execute(f"show tables in schema {settings.database}.{schema}")
            for name in [row[1] for row in cursor.fetchall() if row[1] != kept]:
                cursor.execute(f"drop table {settings.database}.{schema}.{identifier(name)}")


def drops(settings: SnowflakeSettings) -> list[str]:
    """Statements after which nothing is left of what `snowflake apply` has made for the database."""
    own = settings.model_copy(update={"storage_integration": None})
    made = [
        f"database if exists {settings.database}",
        *(f"warehouse if exists {name}" for name in made_warehouses(settings)),
        f"resource monitor if exists {settings.resource_monitor}",
        f"integration if exists {own.integration}",
        f"network policy if exists {settings.network_policy}",
        *(f"role if exists {role}" for role in made_roles(settings)),
    ]
    return [f"drop {each}" for each in made]


@contextmanager
def administered(settings: SnowflakeSettings) -> Iterator[Any]:
    """A cursor of ACCOUNTADMIN."""
    arguments = connection_arguments(settings, None, None, resolve=resolve)
    with connected(settings, arguments) as connection, connection.cursor() as cursor:
        cursor.execute("use role ACCOUNTADMIN")
        yield cursor


@contextmanager
def working(settings: SnowflakeSettings, worker: Worker) -> Iterator[Any]:
    """A worker's connection to the database."""
    with connected(settings, worker_arguments(settings, worker)) as connection:
        yield connection


def opened(settings: SnowflakeSettings, work: Path, *, has_stage: bool) -> SnowflakeWarehouse:
    return SnowflakeWarehouse(
        lambda worker: connected(settings, worker_arguments(settings, worker)),
        settings,
        has_stage=has_stage,
        work=work,
        standing=StandingAnswers(work / "standing.json", settings.database),
    )
