"""Pruning: Dagster's history of runs is kept for as many days as the home wants, and not for ever.

Here belongs only what Dagster keeps in its own storage. Ledger, landing zone and warehouse never forget.
"""

from collections.abc import Iterator, Sequence, Set
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
AT_ONCE = 200
"""What one transaction deletes; others wait to write meanwhile."""


def prune_history(instance: dg.DagsterInstance, keep_days: int, now: datetime) -> int:
    """Delete runs that ended more than so many days ago, with their events and checks; how many were deleted.

    The run with the last materialization of an asset stays, and so does the last verdict of every check. The partitions
    of deleted runs look in the UI as if they had never been materialized; the ledger knows better.
    """
    before = (now - timedelta(days=keep_days)).astimezone(UTC)
    old = instance.get_run_records(dg.RunsFilter(statuses=ENDED, updated_before=before))
    latest = _runs_of_latest_materializations(instance)
    doomed = [record.dagster_run.run_id for record in old if record.dagster_run.run_id not in latest]
    _forget_checks(instance, set(doomed))
    for some in _batches(doomed):
        _delete(instance, some)
    return len(doomed)


def _delete(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> None:
    """The runs, after all that Dagster kept of them: if it is stopped in between, the next pruning finds them again."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        for run_id in run_ids:
            instance.delete_run(run_id)
        return
    # Dagster would bring each run's own file up to date and empty it, at 60 ms a run; the file goes as it is.
    with storage.index_connection() as connection:
        for run_id in run_ids:
            storage.delete_events_for_run(connection, run_id)
    for run_id in run_ids:
        for path in _shard(storage, run_id):
            path.unlink(missing_ok=True)
        instance.run_storage.delete_run(run_id)


def _runs_of_latest_materializations(instance: dg.DagsterInstance) -> set[str]:
    records = instance.get_asset_records()
    entries = [record.asset_entry.last_materialization for record in records]
    return {entry.run_id for entry in entries if entry is not None}


def _shard(storage: SqliteEventLogStorage, run_id: str) -> list[Path]:
    """The files of a run's own events."""
    path = storage.path_for_shard(run_id)
    return [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]


def _forget_checks(instance: dg.DagsterInstance, run_ids: Set[str]) -> None:
    """Dagster itself keeps a run's checks when the run is deleted; they have no index by run, so all are read once."""
    storage = instance.event_log_storage
    if not run_ids or not isinstance(storage, SqlEventLogStorage):
        return
    each_check = checks.c.asset_key, checks.c.check_name, checks.c.partition
    with storage.index_connection() as connection:
        latest = {row[0] for row in connection.execute(db.select(db.func.max(checks.c.id)).group_by(*each_check))}
        told = connection.execute(db.select(checks.c.id, checks.c.run_id))
        old = [number for number, run_id in told if run_id in run_ids and number not in latest]
        for some in _batches(old):
            connection.execute(checks.delete().where(checks.c.id.in_(some)))


def _batches(values: list) -> Iterator[list]:
    yield from (values[begin : begin + AT_ONCE] for begin in range(0, len(values), AT_ONCE))


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
