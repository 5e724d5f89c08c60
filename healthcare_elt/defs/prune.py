"""Pruning: Dagster's history of runs is kept for as many days as the home wants, and not for ever.

Here belongs only what Dagster keeps in its own storage. Ledger, landing zone and warehouse never forget.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import sqlalchemy as db
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as checks

from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.settings import Settings

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
AT_NIGHT = "30 3 * * *"


def prune_history(instance: dg.DagsterInstance, keep_days: int, now: datetime) -> int:
    """Delete runs that ended more than so many days ago, with their events and checks; how many were deleted.

    The run with the last materialization of an asset stays, and so does the last verdict of every check. The partitions
    of deleted runs look in the UI as if they had never been materialized; the ledger knows better.
    """
    before = (now - timedelta(days=keep_days)).astimezone(UTC)
    old = instance.get_run_records(dg.RunsFilter(statuses=ENDED, updated_before=before))
    latest = _runs_of_latest_materializations(instance)
    doomed = [record.dagster_run.run_id for record in old if record.dagster_run.run_id not in latest]
    for run_id in doomed:
        instance.delete_run(run_id)
        for path in _shard(instance, run_id):
            path.unlink(missing_ok=True)
    _forget_checks(instance, doomed)
    return len(doomed)


def _runs_of_latest_materializations(instance: dg.DagsterInstance) -> set[str]:
    records = instance.get_asset_records()
    entries = [record.asset_entry.last_materialization for record in records]
    return {entry.run_id for entry in entries if entry is not None}


def _shard(instance: dg.DagsterInstance, run_id: str) -> list[Path]:
    """The files of a run's own events, which Dagster empties and leaves as large as they were."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        return []
    path = storage.path_for_shard(run_id)
    return [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]


def _forget_checks(instance: dg.DagsterInstance, run_ids: Collection[str]) -> None:
    """Dagster itself keeps a run's checks when the run is deleted."""
    storage = instance.event_log_storage
    if not run_ids or not isinstance(storage, SqlEventLogStorage):
        return
    each_check = checks.c.asset_key, checks.c.check_name, checks.c.partition
    with storage.index_connection() as connection:
        latest = [row[0] for row in connection.execute(db.select(db.func.max(checks.c.id)).group_by(*each_check))]
        for run_id in run_ids:
            connection.execute(checks.delete().where(checks.c.run_id == run_id, checks.c.id.not_in(latest)))


def prune_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Every night, where the home says how long history is kept."""
    keep_days = settings.keep_history_days
    if keep_days is None:
        return []

    @dg.op(description=f"Deletes runs that ended more than {keep_days} days ago from Dagster's history.")
    def prune(context: dg.OpExecutionContext) -> None:
        with one_sentence():
            deleted = prune_history(context.instance, keep_days, datetime.now(UTC))
        context.log.info(f"Runs deleted: {deleted:,}.")

    @dg.job(name="prune_history", executor_def=dg.in_process_executor)
    def prune_job() -> None:
        prune()

    return [
        dg.ScheduleDefinition(
            name="prune_history_schedule",
            job=prune_job,
            cron_schedule=AT_NIGHT,
            execution_timezone=settings.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    ]
