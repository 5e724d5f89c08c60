"""Sensors that start runs: a delivery in the inbox is loaded within the minute.

What is there to do is the inbox's listing minus the ledger, never a moment in time, so no file is passed over and none
is taken twice. Nothing of earlier ticks is needed but what Dagster tells of its runs; each run carries the fingerprint
of exactly the deliveries that it was requested for. For deliveries that are pending and ready, a tick finds one of:

    state of the world                            what the tick does
    --------------------------------------------  --------------------------------------------------------------------
    a run is queued or under way                  nothing: what it leaves is looked at when it has ended
    no run was ever for exactly this set          requests one; so too if a daemon died between tick and launch, or if
                                                  somebody deleted the run
    its last run was killed with its process      requests another, until `MOST_KILLED` were: then it may be their fault
    its last run failed, was canceled or left it  nothing: a retry, the daily run or the next delivery takes it

A delivery more, or less, is another set. What a run takes beyond its set, since it came meanwhile, is not pending at
the next tick. A set that is asked for twice is loaded once all the same (promise P2): the second run finds nothing.
"""

from collections.abc import Collection
from datetime import datetime

import dagster as dg

from healthcare_elt.contracts import Contract
from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.killed_runs import MOST_KILLED, was_killed
from healthcare_elt.defs.partitions import range_tags, stretches
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.source_tables import asset_key
from healthcare_elt.defs.switched_on import sensor_status
from healthcare_elt.landing.errors import UnreadableInbox
from healthcare_elt.logs import log
from healthcare_elt.pipeline.batches import Batch, batches
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import Pending
from healthcare_elt.pipeline.ready import not_ready
from healthcare_elt.pipeline.watch import Watch
from healthcare_elt.settings import Settings
from healthcare_elt.warehouse import WarehouseLocked

DELIVERIES = "healthcare_elt/deliveries"
"""Tag of a run: the fingerprint of the deliveries that it was requested for."""
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
ENDED = {
    dg.DagsterRunStatus.SUCCESS: "ended and left",
    dg.DagsterRunStatus.FAILURE: "failed for",
    dg.DagsterRunStatus.CANCELED: "was canceled for",
}


def delivery_sensor(settings: Settings, job) -> dg.SensorDefinition:
    watch = Watch()
    told: set[str] = set()

    @dg.sensor(
        name="delivery_sensor",
        job=job,
        minimum_interval_seconds=settings.look_seconds,
        default_status=sensor_status(settings),
        description="Loads what is new in the inbox as soon as its system's readiness rule allows.",
    )
    def delivery_sensor(context: dg.SensorEvaluationContext, home: HomeResource):
        if run := _newest(context.instance, UNDER_WAY):
            return dg.SkipReason(f"Run {_short(run)} is queued or under way; what it leaves is looked at after it.")
        with one_sentence():
            result = _requests(context.instance, home.open(), watch)
        for problem in set(watch.problems) - told:
            context.log.warning(problem)
        told.clear()
        told.update(watch.problems)
        return result

    return delivery_sensor


def _requests(instance: dg.DagsterInstance, home: Home, watch: Watch) -> dg.SensorResult:
    try:
        found = watch.look(home)
    except UnreadableInbox as error:
        watch.problems.append(str(error))
        return dg.SensorResult(skip_reason=str(error))
    except WarehouseLocked:
        return dg.SensorResult(skip_reason="The warehouse is in use; the next tick looks again.")
    waiting = not_ready(home, found, datetime.now(home.settings.tz))
    asked, told = [], _waits(waiting)
    for batch in batches(found - waiting.keys(), waiting.keys(), stretches):
        fingerprint = batch.fingerprint(home.contracts)
        if before := _in_vain(instance, fingerprint, len(batch.deliveries)):
            told.append(before)
        else:
            asked.append(_request(home.contracts, batch, fingerprint))
            _log(home.settings, batch)
    if asked:
        return dg.SensorResult(run_requests=asked)
    return dg.SensorResult(skip_reason=" ".join(told) or "Nothing new in the inbox.")


def _request(contracts: Collection[Contract], batch: Batch, fingerprint: str) -> dg.RunRequest:
    return dg.RunRequest(
        asset_selection=assets_of([contract for contract in contracts if contract.name in batch.tables]),
        tags={**range_tags(batch.dates), DELIVERIES: fingerprint},
    )


def _log(settings: Settings, batch: Batch) -> None:
    first, last = min(batch.dates).isoformat(), max(batch.dates).isoformat()
    count, tables = len(batch.deliveries), sorted(batch.tables)
    log(settings, "run_requested", by="sensor", deliveries=count, tables=tables, first_date=first, last_date=last)


def assets_of(contracts: Collection[Contract]) -> list[dg.AssetKey]:
    """What is materialized when these source tables have something new."""
    return [asset_key(layer, contract) for layer in ("landing", "bronze") for contract in contracts]


def _in_vain(instance: dg.DagsterInstance, fingerprint: str, count: int) -> str | None:
    """Why the same deliveries are not asked for again, if a run was for exactly these and did not load them."""
    run = _newest(instance, FINISHED, {DELIVERIES: fingerprint})
    if run is None:
        return None
    killed = sum(map(was_killed, instance.get_runs(dg.RunsFilter(tags={DELIVERIES: fingerprint}))))
    if was_killed(run) and killed < MOST_KILLED:
        return None
    return (
        f"Run {_short(run)} {ENDED[run.status]} exactly these deliveries ({count:,}); "
        "a retry, the next daily run or a new delivery takes them."
    )


def _newest(
    instance: dg.DagsterInstance, statuses: list[dg.DagsterRunStatus], tags: dict[str, str] | None = None
) -> dg.DagsterRun | None:
    return next(iter(instance.get_runs(dg.RunsFilter(statuses=statuses, tags=tags), limit=1)), None)


def _waits(waiting: dict[Pending, str]) -> list[str]:
    """What each system waits for, said once."""
    reasons: dict[tuple[str, str], int] = {}
    for each, reason in sorted(waiting.items()):
        reasons[each.system, reason] = reasons.get((each.system, reason), 0) + 1
    return [f"{system} waits for {reason} (deliveries: {count:,})." for (system, reason), count in reasons.items()]


def _short(run: dg.DagsterRun) -> str:
    """As Dagster's UI shows it."""
    return run.run_id[:8]
