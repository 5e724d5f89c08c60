"""Incidents that Dagster knows of: failed runs and failed checks, whatever started them.

Here belongs reading its instance. All runs are there: those of `dg launch`, of the UI, of schedules and sensors, and of
`healthcare-elt run`. The text of an event is never read, since it may quote a file name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES as COMPLETED,
)
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from healthcare_elt.alerts.deliveries import LETTERS_OF_ID
from healthcare_elt.alerts.incident import Incident, Severity, Source
from healthcare_elt.defs.due import DUE
from healthcare_elt.defs.ended_run import delivery_dates, in_words
from healthcare_elt.defs.failed_runs import ToDo, run_incidents
from healthcare_elt.defs.source_tables import table_of
from healthcare_elt.pipeline.health_verdicts import VERDICTS

Withdrawn = Callable[[Collection[str]], Collection[str]]
"""Of deliveries, by their ids, those that were withdrawn."""
DRIFT_CHECKS = ("volume", "null_rate", "distribution", "schema_changes")
"""Of a source table's bronze asset: what came is in order, and unlike what came before."""
SEVERITY: dict[dg.AssetCheckSeverity, Severity] = {
    dg.AssetCheckSeverity.WARN: "warning",
    dg.AssetCheckSeverity.ERROR: "error",
}


def dagster_sources(
    instance: dg.DagsterInstance,
    checks: Collection[dg.AssetCheckKey],
    now: datetime,
    to_do: ToDo,
    withdrawn: Withdrawn,
) -> list[Source]:
    """
    Args:
        checks: those of the definitions; what a check that is no longer there once said is nobody's concern.
    """
    return [
        Source(("run_failed",), partial(run_incidents, instance, now, to_do)),
        Source(("check_failed", "drift"), partial(check_incidents, instance, checks, withdrawn)),
    ]


def check_incidents(
    instance: dg.DagsterInstance, checks: Collection[dg.AssetCheckKey], withdrawn: Withdrawn
) -> Iterator[Incident]:
    """What each check said last; while it is asked again, what it said before.

    What it said of deliveries that were all withdrawn since is over: nothing is judged in their place.
    """
    concerned = [key for key in checks if key.name != DUE]  # of late deliveries the calendar tells
    failed = [record for record in _last_said(instance, concerned) if _evaluation(record)]
    judged = {each for record in failed for each in _judged(record)}
    gone = set(withdrawn(judged)) if judged else set()
    failed = [record for record in failed if not _judged(record) or set(_judged(record)) - gone]
    drifted = {table_of(record.key.asset_key) for record in failed if _is_drift(record)}
    for table in sorted(drifted):
        yield _drift(instance, table, [r for r in failed if _is_drift(r) and table_of(r.key.asset_key) == table])
    yield from (_failed_check(instance, record) for record in failed if not _is_drift(record))


def _last_said(
    instance: dg.DagsterInstance, checks: Collection[dg.AssetCheckKey]
) -> Iterator[AssetCheckExecutionRecord]:
    storage = instance.event_log_storage
    for key, record in storage.get_latest_asset_check_execution_by_key(list(checks)).items():
        if record.status == AssetCheckExecutionRecordStatus.PLANNED:
            yield from storage.get_asset_check_execution_history(key, limit=1, status=COMPLETED)
        else:
            yield record


def _evaluation(record: AssetCheckExecutionRecord) -> dg.AssetCheckEvaluation | None:
    """Of a check that failed."""
    found = record.event.asset_check_evaluation if record.event else None
    return None if found is None or found.passed else found


def _is_drift(record: AssetCheckExecutionRecord) -> bool:
    return record.key.asset_key.path[0] == "bronze" and record.key.name in DRIFT_CHECKS


def _drift(instance: dg.DagsterInstance, table: str, records: Sequence[AssetCheckExecutionRecord]) -> Incident:
    moments = [_moment(record) for record in records]
    severities = {_severity(record) for record in records}
    return Incident(
        key=f"drift/{table}",
        event="drift",
        severity="error" if "error" in severities else "warning",
        since=min(moments),
        latest=max(moments),
        what=f"{table} is unlike what was delivered before, say the checks {', '.join(_names(records))}.",
        deliveries=tuple(sorted({each for record in records for each in _deliveries(instance, record)})),
        next=f"healthcare-elt health {table}",
        link=f"/assets/bronze/{table.replace('.', '/')}?view=checks",
    )


def _names(records: Sequence[AssetCheckExecutionRecord]) -> list[str]:
    return sorted(record.key.name for record in records)


def _failed_check(instance: dg.DagsterInstance, record: AssetCheckExecutionRecord) -> Incident:
    asset, name = record.key.asset_key.to_user_string(), record.key.name
    return Incident(
        key=f"check_failed/{asset}:{name}",
        event="check_failed",
        severity=_severity(record),
        since=_moment(record),
        latest=_moment(record),
        what=f"The check {name} of {asset} failed{_count(record)}.",
        deliveries=tuple(_deliveries(instance, record)),
        next=_tells_of(record.key),
        link=f"/assets/{asset}?view=checks&checkDetail={name}",
    )


def _tells_of(check: dg.AssetCheckKey) -> str:
    """The command that says more of it."""
    if check.asset_key.path[0] == "bronze" and check.name in VERDICTS:
        return f"healthcare-elt health {table_of(check.asset_key)}"
    return "healthcare-elt report"


def _deliveries(instance: dg.DagsterInstance, record: AssetCheckExecutionRecord) -> list[str]:
    """Those that the check has judged, if it names them by id; else the partition's, or all of the run's dates."""
    asset = record.key.asset_key
    if judged := _judged(record):
        return [f"{table_of(asset)} ({each[:LETTERS_OF_ID]})" for each in judged]
    if record.partition:
        return [f"{asset.to_user_string()} {record.partition}"]
    run = instance.get_run_by_id(record.run_id)
    dates = delivery_dates(run) if run else None
    return [in_words(dates)] if dates else []


def _judged(record: AssetCheckExecutionRecord) -> list[str]:
    """Ids of deliveries, if the check names them."""
    evaluation = _evaluation(record)
    judged = evaluation.metadata.get("deliveries") if evaluation else None
    ids = judged.data if isinstance(judged, dg.JsonMetadataValue) and isinstance(judged.data, list) else []
    return [each for each in ids if re.fullmatch("[0-9a-f]{16,}", str(each))]


def _severity(record: AssetCheckExecutionRecord) -> Severity:
    evaluation = _evaluation(record)
    return SEVERITY[evaluation.severity] if evaluation else "info"


def _count(record: AssetCheckExecutionRecord) -> str:
    evaluation = _evaluation(record)
    rows = evaluation.metadata.get("dagster_dbt/failed_row_count") if evaluation else None
    return f" on {int(rows.value):,} rows" if isinstance(rows, dg.IntMetadataValue) and rows.value else ""


def _moment(record: AssetCheckExecutionRecord) -> datetime:
    return datetime.fromtimestamp(record.create_timestamp, UTC)
