"""Where a home keeps its landing zone, ledger and warehouse, if not in folders and files of its own.

Here belongs the choice alone, from the settings. Nothing of AWS or Snowflake is imported for a home that has nothing
there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from healthcare_elt.aws.queue import NoticeQueue
from healthcare_elt.landing import FolderInbox, FolderLandingZone, Inbox, LandingError, LandingZone
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.ledger import Ledger, LedgerError
from healthcare_elt.logs import log_ledger_events
from healthcare_elt.settings import Settings
from healthcare_elt.settings_snowflake import SnowflakeSettings, Worker
from healthcare_elt.warehouse import Warehouse


def landing_zone(settings: Settings, s3: Callable[[], Any]) -> LandingZone:
    """
    Args:
        s3: gives a client of S3.
    """
    if not settings.landing_url:
        return FolderLandingZone(settings.landing)
    from healthcare_elt.aws.place import S3Place
    from healthcare_elt.landing.s3 import S3LandingZone

    setting = "HEALTHCARE_ELT_LANDING_URL"
    place = S3Place(s3(), settings.landing_url, settings.kms_key_id, "landing zone", setting, LandingError)
    return S3LandingZone(place, spool=settings.data)


def inbox(settings: Settings, s3: Callable[[], Any]) -> Inbox:
    if not settings.inbox_url:
        return FolderInbox(settings.inbox)
    from healthcare_elt.aws.place import S3Place
    from healthcare_elt.landing.inbox_s3 import S3Inbox

    return S3Inbox(S3Place(s3(), settings.inbox_url, None, "inbox", "HEALTHCARE_ELT_INBOX_URL", UnreadableInbox))


def queue(settings: Settings) -> NoticeQueue | None:
    """What tells of new objects in the inbox, where something does."""
    if not settings.inbox_queue_url:
        return None
    from healthcare_elt.aws.client import client

    return NoticeQueue(client("sqs"), settings.inbox_queue_url)


def ledger(settings: Settings, s3: Callable[[], Any]) -> Ledger:
    on_append = partial(log_ledger_events, settings)
    if not settings.ledger_url:
        return Ledger(settings.ledger, on_append)
    from healthcare_elt.aws.place import S3Place
    from healthcare_elt.ledger.s3_store import S3Store

    setting = "HEALTHCARE_ELT_LEDGER_URL"
    place = S3Place(s3(), settings.ledger_url, settings.kms_key_id, "ledger", setting, LedgerError)
    return Ledger(S3Store(place), on_append)


def snowflake_warehouse(settings: Settings, connect: Callable[[Worker], Any] | None) -> Warehouse:
    """
    Args:
        connect: opens a worker's connection in a `with` block; None opens one from the settings.
    """
    from healthcare_elt.settings_snowflake import load_snowflake_settings
    from healthcare_elt.snowflake.connect import connected
    from healthcare_elt.warehouse.snowflake_warehouse import SnowflakeWarehouse
    from healthcare_elt.warehouse.standing import StandingAnswers

    snowflake = load_snowflake_settings(settings)
    return SnowflakeWarehouse(
        connect or (lambda worker: connected(snowflake, worker_arguments(snowflake, worker))),
        snowflake,
        has_stage=settings.landing_url is not None,
        work=settings.spill,
        memory_limit=settings.memory_limit,
        standing=StandingAnswers(settings.standing_answers, f"{snowflake.account}/{snowflake.database}"),
    )


def worker_arguments(snowflake: SnowflakeSettings, worker: Worker) -> dict[str, Any]:
    """Of the connection with which a worker works in the database."""
    from healthcare_elt.secrets import resolve
    from healthcare_elt.snowflake.connect import connection_arguments

    role, compute = snowflake.role_of(worker), snowflake.warehouse_of(worker)
    arguments = connection_arguments(snowflake, role, compute, resolve=resolve)
    return arguments | {"paramstyle": "qmark", "schema": "META"}
