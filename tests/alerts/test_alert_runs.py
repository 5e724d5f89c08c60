"""Failed runs and checks of a real Dagster instance become incidents, and cease to be when their work is done."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import dagster as dg
import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from healthcare_elt.alerts.incident import Incident, look
from healthcare_elt.defs.failed_runs import count_runs
from healthcare_elt.defs.incidents import dagster_sources
from healthcare_elt.pipeline.pending import Pending

PERSON = "Jane Q. Planted"
DAYS = dg.DailyPartitionsDefinition("2026-01-01")
BROKEN: set[str] = set()
"""Assets and checks that fail."""


def _asset(*path: str, step: str, by_date: bool) -> dg.AssetsDefinition:
    name = path[0]

    @dg.multi_asset(
        name=step,
        specs=[dg.AssetSpec(list(path), deps=[] if name == "landing" else [["landing", *path[1:]]])],
        partitions_def=DAYS if by_date else None,
        check_specs=[dg.AssetCheckSpec(check, asset=list(path)) for check in CHECKS.get(name, ())],
    )
    def materialized():
        if name in BROKEN:
            raise dg.Failure(f"{PERSON}.csv", allow_retries=False)
        yield dg.MaterializeResult(asset_key=list(path))
        for check in CHECKS.get(name, ()):
            yield dg.AssetCheckResult(
                asset_key=list(path), check_name=check, passed=check not in BROKEN,
                severity=dg.AssetCheckSeverity.ERROR if check == "contract_kept" else dg.AssetCheckSeverity.WARN,
                description=PERSON,
                metadata={"who": PERSON, "dagster_dbt/failed_row_count": 7, **JUDGED.get(check, {})},
            )  # fmt: skip

    return materialized


CHECKS = {"bronze": ("volume", "null_rate", "expectations", "due"), "silver": ("contract_kept",)}
JUDGED = {"volume": {"deliveries": ["0123456789abcdef", PERSON]}}
TABLE = ("icon_health", "patients")
ASSETS = [
    _asset("landing", *TABLE, step="land_icon_health", by_date=True),
    _asset("bronze", *TABLE, step="load_icon_health", by_date=True),
    _asset("silver", *TABLE, step="transform", by_date=False),
]
JOB = "daily_elt"
LANDING_AND_BRONZE = dg.AssetSelection.key_prefixes("landing", "bronze")
DEFINITIONS = dg.Definitions(
    assets=ASSETS,
    jobs=[
        dg.define_asset_job(JOB, partitions_def=DAYS),
        dg.define_asset_job("load_deliveries", LANDING_AND_BRONZE, partitions_def=DAYS),
    ],
    executor=dg.in_process_executor,
)
EVERY_DAY = tuple(Pending(*TABLE, date(2026, 1, day), "", 0, 0) for day in range(1, 10))
ALL_CHECKS = DEFINITIONS.resolve_asset_graph().asset_check_keys


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    BROKEN.clear()
    with dg.DagsterInstance.ephemeral(settings={"run_retries": {"enabled": True}}) as made:
        yield made
    BROKEN.clear()


def run(
    instance: dg.DagsterInstance, first: str, last: str = "", *, broken: str = "", select: str = "", job: str = JOB
) -> dg.ExecuteInProcessResult:
    """A run of the job for these delivery dates."""
    BROKEN.clear()
    BROKEN.update(broken.split())
    return DEFINITIONS.resolve_job_def(job).execute_in_process(
        instance=instance,
        tags={"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last or first},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        asset_selection=[dg.AssetKey([layer, *TABLE]) for layer in select.split()] or None,
        raise_on_error=False,
    )


def incidents(
    instance: dg.DagsterInstance,
    after: timedelta = timedelta(0),
    *,
    to_do: Collection[Pending] | None = EVERY_DAY,
    withdrawn: Collection[str] = (),
) -> dict[str, Incident]:
    now = datetime.now(UTC) + after
    seen = look(dagster_sources(instance, ALL_CHECKS, now, lambda: to_do, set(withdrawn).intersection), repr)
    assert not seen.unknown
    assert PERSON not in repr(seen.found)
    return seen.found


def test_any_number_of_failed_runs_is_one_incident_until_the_work_is_done(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="landing")
    (incident,) = incidents(instance).values()
    assert (incident.key, incident.severity) == ("run_failed/daily_elt", "error")
    assert incident.what == "A run of job daily_elt failed in land_icon_health."
    assert incident.deliveries == ("all of 2026-01-04",)
    last = run(instance, "2026-01-03", "2026-01-05", broken="landing")
    (again,) = incidents(instance).values()
    assert again.key == incident.key
    assert again.since == incident.since
    assert again.what == "2 runs of job daily_elt failed, the last in land_icon_health."
    assert again.link == f"/runs/{last.run_id}"
    run(instance, "2026-01-01", "2026-01-09")
    assert not incidents(instance)


def test_the_success_of_another_day_does_not_hide_the_day_that_failed(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="bronze")
    run(instance, "2026-01-05")
    assert set(incidents(instance)) == {"run_failed/daily_elt"}
    run(instance, "2026-01-04", broken="silver")
    (incident,) = incidents(instance).values()
    assert incident.what == "A run of job daily_elt failed in transform.", "its delivery is loaded by now"
    run(instance, "2026-01-06")
    assert not incidents(instance), "what has no delivery date is done by any later run"


def test_a_run_of_fewer_assets_does_not_make_good_what_it_does_not_do(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="silver")
    run(instance, "2026-01-04", select="landing")
    assert set(incidents(instance)) == {"run_failed/daily_elt"}
    run(instance, "2026-01-04", select="silver")
    assert not incidents(instance)


def test_another_job_makes_good_the_steps_that_it_has(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="silver")
    run(instance, "2026-01-04", job="load_deliveries")
    assert set(incidents(instance)) == {"run_failed/daily_elt"}
    run(instance, "2026-01-05", broken="landing", job="load_deliveries")
    assert set(incidents(instance)) == {"run_failed/daily_elt", "run_failed/load_deliveries"}
    run(instance, "2026-01-05")
    assert not incidents(instance)


def test_what_several_runs_have_loaded_is_done_although_none_of_them_was_for_all_of_it(
    instance: dg.DagsterInstance,
) -> None:
    run(instance, "2026-01-03", "2026-01-05", broken="bronze", select="landing bronze silver")
    run(instance, "2026-01-05")
    assert set(incidents(instance, to_do=EVERY_DAY[3:4])) == {"run_failed/daily_elt"}, "a delivery of 4 January is left"
    assert incidents(instance, to_do=None), "nobody can tell what is left"
    assert not incidents(instance, to_do=EVERY_DAY[5:])
    run(instance, "2026-01-04", broken="bronze")
    assert incidents(instance, to_do=()), "nothing has run since"


def test_a_killed_run_is_over_when_its_deliveries_are_loaded_and_the_rest_of_its_assets_built(
    instance: dg.DagsterInstance,
) -> None:
    dates = {"dagster/asset_partition_range_start": "2026-01-03", "dagster/asset_partition_range_end": "2026-01-05"}
    keys = frozenset(dg.AssetKey([layer, *TABLE]) for layer in ("landing", "bronze", "silver"))
    stored = DagsterRun(JOB, run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED, tags=dates, asset_selection=keys)
    instance.report_run_failed(instance.add_run(stored))
    run(instance, "2026-01-05", select="landing")
    assert incidents(instance, to_do=())
    run(instance, "2026-01-01", "2026-01-09", select="silver")
    assert incidents(instance)
    assert not incidents(instance, to_do=())


def test_a_run_that_loads_again_is_not_made_good_by_others(instance: dg.DagsterInstance) -> None:
    again = {"ops": {"load_icon_health": {"config": {"again": True}}}}
    stored = DagsterRun(JOB, run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED, run_config=again)
    instance.report_run_failed(instance.add_run(stored))
    run(instance, "2026-01-05", select="silver")
    assert incidents(instance, to_do=())


def test_assets_picked_by_hand_are_an_incident_of_their_own(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="landing", select="landing bronze", job="__ASSET_JOB")
    (incident,) = incidents(instance).values()
    assert incident.key.startswith("run_failed/assets/")
    run(instance, "2026-01-04")
    assert not incidents(instance)


def test_a_run_that_was_cancelled_deleted_or_is_old_is_no_incident(instance: dg.DagsterInstance) -> None:
    failed = run(instance, "2026-01-04", broken="landing")
    assert not incidents(instance, after=timedelta(days=8))
    instance.delete_run(failed.run_id)
    instance.report_run_canceled(launched(instance, {}))
    assert not incidents(instance)


def launched(instance: dg.DagsterInstance, tags: dict[str, str]) -> DagsterRun:
    """A run that a code location has started, as the daemon and the UI do."""
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(python_file="x.py"), location_name="x")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "r"), "daily_elt")
    stored = DagsterRun(
        "daily_elt", run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED, tags=tags, remote_job_origin=origin,
        job_code_origin=None,
    )  # fmt: skip
    return instance.add_run(stored)


def test_a_run_that_will_be_retried_is_no_incident_before_its_retry_has_failed(instance: dg.DagsterInstance) -> None:
    first = launched(instance, {"dagster/max_retries": "1"})
    instance.report_run_failed(first, PERSON)
    assert not incidents(instance)
    assert incidents(instance, after=timedelta(minutes=20)), "no daemon runs that would retry it"
    retry = launched(instance, {"dagster/parent_run_id": first.run_id, "dagster/root_run_id": first.run_id})
    instance.add_run_tags(first.run_id, {"dagster/auto_retry_run_id": retry.run_id})
    assert not incidents(instance, after=timedelta(minutes=20))
    instance.report_run_failed(retry, PERSON)
    (incident,) = incidents(instance).values()
    assert incident.what == "A run of job daily_elt failed before any step or between two."
    assert incident.link == f"/runs/{retry.run_id}"


def test_a_run_that_the_daemon_cannot_retry_is_an_incident_at_once(instance: dg.DagsterInstance) -> None:
    stored = DagsterRun(JOB, run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED, tags={"dagster/max_retries": "1"})
    run = instance.add_run(stored)
    instance.report_run_failed(run, PERSON)
    failed = instance.get_run_by_id(run.run_id)
    assert failed and failed.is_complete_and_waiting_to_retry, "Dagster says so, although nobody has launched it"
    assert set(incidents(instance)) == {"run_failed/daily_elt"}


def test_runs_are_counted_by_the_moment_of_their_end(instance: dg.DagsterInstance) -> None:
    before = datetime.now(UTC)
    run(instance, "2026-01-04", broken="landing")
    run(instance, "2026-01-04")
    run(instance, "2026-01-05")
    after = datetime.now(UTC)
    assert count_runs(instance, before, after) == (2, 1)
    assert count_runs(instance, after, after + timedelta(days=1)) == (0, 0)


def test_a_failed_check_is_an_incident_until_it_passes(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="contract_kept expectations")
    failed, expected = sorted(incidents(instance).values(), key=lambda incident: incident.severity)
    assert (failed.key, failed.event, failed.severity) == (
        "check_failed/silver/icon_health/patients:contract_kept", "check_failed", "error",
    )  # fmt: skip
    assert failed.what == "The check contract_kept of silver/icon_health/patients failed on 7 rows."
    assert failed.deliveries == ("all of 2026-01-04",)
    assert failed.next == "healthcare-elt report"
    assert (expected.event, expected.severity) == ("check_failed", "warning")
    assert expected.next == "healthcare-elt health icon_health.patients"
    run(instance, "2026-01-05", broken="bronze", select="bronze")
    assert expected.key in incidents(instance), "it was planned again, and never evaluated"
    run(instance, "2026-01-05")
    assert expected.key not in incidents(instance)


def test_the_drift_of_a_table_is_one_incident(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="volume null_rate")
    (incident,) = incidents(instance).values()
    assert (incident.key, incident.event, incident.severity) == ("drift/icon_health.patients", "drift", "warning")
    assert incident.what == (
        "icon_health.patients is unlike what was delivered before, say the checks null_rate, volume."
    )
    assert incident.deliveries == ("all of 2026-01-04", "icon_health.patients (01234567)")
    run(instance, "2026-01-05")
    assert not incidents(instance)


def test_what_was_said_of_a_delivery_is_over_when_it_is_withdrawn(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="volume")
    assert incidents(instance, withdrawn=["fedcba9876543210"])
    assert not incidents(instance, withdrawn=["0123456789abcdef"])


def test_the_check_of_late_deliveries_is_left_to_the_calendar(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="due")
    assert not incidents(instance)


def test_a_check_that_is_no_longer_there_is_nobodys_concern(instance: dg.DagsterInstance) -> None:
    run(instance, "2026-01-04", broken="contract_kept")
    assert not look(dagster_sources(instance, [], datetime.now(UTC), set, set), repr).found
