"""Databases of the emulator as `snowflake apply` makes them, and the product's warehouse in them.

Here belongs opening. The server and its faults are in `snowflake_server`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from snowflake_server import SnowflakeServer

from healthcare_elt.contracts import Contract
from healthcare_elt.pipeline.places import worker_arguments
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.apply import apply
from healthcare_elt.snowflake.connect import connected, connection_arguments
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


def snowflake_settings(server: SnowflakeServer, database: str) -> SnowflakeSettings:
    named = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in server.settings.items()}
    return SnowflakeSettings(_env_file=None, **named, database=database, storage_role_arn=ROLE_ARN)


def prepared(
    server: SnowflakeServer, database: str, contracts: Sequence[Contract], landing_url: str | None
) -> SnowflakeSettings:
    """What a load needs of the plan is there."""
    settings = snowflake_settings(server, database)
    groups = [g for g in plan(settings, contracts, landing_url) if g.title in ("roles", *NEEDED)]
    with connected(settings, connection_arguments(settings, None, None)) as connection:
        list(apply(connection, settings, groups))
    server.clear_journal()
    return settings


def opened(settings: SnowflakeSettings, work: Path, *, has_stage: bool) -> SnowflakeWarehouse:
    return SnowflakeWarehouse(
        lambda worker: connected(settings, worker_arguments(settings, worker)),
        settings,
        has_stage=has_stage,
        work=work,
        standing=StandingAnswers(work / "standing.json", settings.database),
    )
