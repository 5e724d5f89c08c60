"""Failed runs whose work nobody has done since.

Here belongs telling a failure that lasts from one that is over. A run makes an earlier failure good by doing the step
that failed, for the same delivery dates: that the next day's run succeeded says nothing of the day that did not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby

import dagster as dg
from dagster._core.execution.stats import StepEventStatus
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG

from healthcare_elt.alerts.incident import WATCHED, Incident
from healthcare_elt.defs.ended_run import Ended, in_words
from healthcare_elt.defs.jobs import DAILY_ELT
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import Pending, pending_by_ledger

MOST_FAILED = 300
"""Failed runs that are looked at, newest first."""
RETRY_COMES_WITHIN = timedelta(minutes=15)
"""A retry that Dagster's daemon has not begun by then will not come: no daemon runs."""
SELECTED_BY_HAND = "__ASSET_JOB"
"""Dagster's name for the job of a run whose assets somebody has picked."""
ToDo = Callable[[], Collection[Pending] | None]
"""What is still to be landed or loaded; None if that cannot be told just now."""


def left_to_do(home: Home) -> set[Pending] | None:
    """None if it cannot be told, as of an inbox that cannot be listed: the run that failed for it must be heard of."""
    try:
        return pending_by_ledger(home)
    except Exception:
        return None


def run_incidents(instance: dg.DagsterInstance, now: datetime, to_do: ToDo) -> Iterator[Incident]:
    """One per job, and one per selection of assets that somebody has made by hand."""
    ended, left = _ended(instance, now - WATCHED), cache(to_do)
    lasting = [
        each
        for number, each in enumerate(ended)
        if each.failed and not _is_tried_again(each, now) and not _is_made_good(each, ended[:number], left)
    ]
    for key, together in groupby(sorted(lasting, key=_key), key=_key):
        yield _incident(key, sorted(together, key=lambda each: each.at))


def _ended(instance: dg.DagsterInstance, since: datetime) -> list[Ended]:
    """The runs that failed and all that have succeeded since the first of them was made, newest first."""
    failure, success = ([status] for status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS))
    failed = instance.get_run_records(dg.RunsFilter(statuses=failure, updated_after=since), limit=MOST_FAILED)
    if not failed:
        return []
    oldest = min(record.create_timestamp for record in failed)
    later = instance.get_run_records(dg.RunsFilter(statuses=success, created_after=oldest))
    return [
        Ended(instance, record.dagster_run, datetime.fromtimestamp(record.end_time, UTC))
        for record in sorted([*failed, *later], key=lambda record: record.storage_id, reverse=True)
        if record.end_time
    ]


def count_runs(instance: dg.DagsterInstance, first: datetime, last: datetime) -> tuple[int, int]:
    """Runs that succeeded and runs that failed, of those that ended after `first` and not after `last`."""
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
    records = instance.get_run_records(dg.RunsFilter(statuses=ended, updated_after=first))
    within = [r for r in records if r.end_time and first.timestamp() < r.end_time <= last.timestamp()]
    failed = sum(record.dagster_run.status == dg.DagsterRunStatus.FAILURE for record in within)
    return len(within) - failed, failed


def _is_tried_again(failed: Ended, now: datetime) -> bool:
    """True while Dagster means to run it again, or has begun to: then it is the second run that counts.

    A run that no code location has launched, such as one of `healthcare-elt run`, cannot be run again by the daemon.
    """
    if retry_id := failed.run.tags.get(AUTO_RETRY_RUN_ID_TAG):
        retry = failed.instance.get_run_by_id(retry_id)
        return retry is not None and retry.status != dg.DagsterRunStatus.CANCELED
    can_be = failed.run.is_complete_and_waiting_to_retry and failed.run.remote_job_origin is not None
    return can_be and now - failed.at < RETRY_COMES_WITHIN


def _is_made_good(failed: Ended, later: Sequence[Ended], to_do: ToDo) -> bool:
    whole = [each for each in later if _is_whole(each, failed)]
    if any(_covers(each, failed, True) and _covers(each, failed, False) for each in whole):
        return True
    loaded = bool(whole) and _is_loaded(failed, to_do)
    if failed.failed_steps:
        return all(_is_step_made_good(step, failed, later, loaded) for step in failed.failed_steps)
    # Its process was killed: nobody knows in which step.
    return loaded and (failed.assets(False) == set() or any(_covers(each, failed, False) for each in whole))


def _is_whole(later: Ended, failed: Ended) -> bool:
    """Whether it did all that its selection says, of a job with as many steps."""
    return not later.failed and later.run.job_name in (failed.run.job_name, DAILY_ELT)


def _is_step_made_good(step: str, failed: Ended, later: Sequence[Ended], loaded: bool) -> bool:
    by_date = step.startswith(("land_", "load_"))
    if by_date and loaded:
        return True
    return any(_covers(each, failed, by_date) and each.steps.get(step) == StepEventStatus.SUCCESS for each in later)


def _is_loaded(failed: Ended, to_do: ToDo) -> bool:
    """Whether nothing is left to land or load of what it was for, whichever runs have taken it, a part each.

    Of a run that loads again what is loaded, that says nothing.
    """
    left = to_do()
    if left is None or failed.loads_again:
        return False
    return not any(failed.was_for(each.contract_name, each.delivery_date) for each in left)


def _covers(later: Ended, failed: Ended, by_date: bool) -> bool:
    """Whether `later` was for all that `failed` was for, of what has delivery dates or of what has none.

    A whole job takes the source tables that have something new, so a later run takes those that are still to be done.
    """
    wanted, there = failed.assets(by_date), later.assets(by_date)
    if there is not None and (not there if wanted is None else not wanted <= there):
        return False
    if not by_date or failed.dates is None or wanted == set():
        return True
    return later.dates is not None and later.dates[0] <= failed.dates[0] and failed.dates[1] <= later.dates[1]


def _key(ended: Ended) -> str:
    """The same for all runs of a job, or of a selection."""
    if ended.run.job_name != SELECTED_BY_HAND:
        return f"run_failed/{ended.run.job_name}"
    selected = ",".join(sorted(key.to_user_string() for key in ended.run.asset_selection or ()))
    return f"run_failed/assets/{hashlib.sha256(selected.encode()).hexdigest()[:8]}"


def _incident(key: str, failed: Sequence[Ended]) -> Incident:
    """
    Args:
        failed: oldest first.
    """
    last = failed[-1]
    whose = f"job {last.run.job_name}"
    if last.run.job_name == SELECTED_BY_HAND:
        whose = f"{len(last.run.asset_selection or ()):,} selected assets"
    where = f" in {', '.join(last.failed_steps)}" if last.failed_steps else " before any step or between two"
    one, several = f"A run of {whose} failed{where}.", f"{len(failed):,} runs of {whose} failed, the last{where}."
    return Incident(
        key=key,
        event="run_failed",
        severity="error",
        since=failed[0].at,
        latest=last.at,
        what=one if len(failed) == 1 else several,
        deliveries=tuple(dict.fromkeys(in_words(each.dates) for each in failed if each.dates)),
        next="healthcare-elt run",
        link=f"/runs/{last.run.run_id}",
    )
