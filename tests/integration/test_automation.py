"""Facts are transformed as they arrive and dimension tables once a day, and gold is the same in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRun

from healthcare_elt.defs.automation import AUTOMATIC, SENSOR
from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.jobs import DAILY_ELT, LOAD_DELIVERIES
from healthcare_elt.defs.killed_runs import SENTENCE
from healthcare_elt.orchestration import dagster_instance
from healthcare_elt.pipeline.health_verdicts import VERDICTS, untold
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.sample import write_sample

TRANSFORMED = {"silver", "quarantine", "reference", "gold", "features", "curated"}
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
FACT, DIMENSION = "encounters_details", "patients"
REPORT = dg.AssetKey(["reports", "report"])


class Watch:
    """What automation requests, tick by tick."""

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self._evaluate = partial(dg.evaluate_automation_conditions, definitions, instance)
        self._instance = instance
        self._cursor = None

    def tick(self, at: datetime) -> set[str]:
        """All but the report, which follows by itself."""
        return {key.to_user_string() for key in self.requested(at) - {REPORT}}

    def requested(self, at: datetime) -> set[dg.AssetKey]:
        result = self._evaluate(evaluation_time=at, cursor=self._cursor)
        self._cursor = result.cursor
        keys = {each.key for each in result.results if not each.true_subset.is_empty}
        for key in keys:  # as if the run that is requested had done its work
            self._instance.report_runless_asset_event(dg.AssetMaterialization(key))
        return keys

    def loaded(self, table: str) -> None:
        for layer in ("landing", "bronze"):
            key = dg.AssetKey([layer, "icon_health", table])
            self._instance.report_runless_asset_event(dg.AssetMaterialization(key, partition="2026-01-04"))


@pytest.fixture(scope="module")
def definitions(module_home) -> dg.Definitions:
    return build_definitions(module_home().settings)


@contextmanager
def watching(definitions: dg.Definitions) -> Iterator[Watch]:
    with dg.DagsterInstance.ephemeral() as instance:
        watch = Watch(definitions, instance)
        assert watch.tick(NOON) == set()
        yield watch


@pytest.fixture
def watch(definitions: dg.Definitions) -> Iterator[Watch]:
    with watching(definitions) as watch:
        yield watch


def test_a_fact_that_arrives_at_noon_is_transformed_at_noon_and_so_is_what_rests_on_it(watch: Watch) -> None:
    watch.loaded(FACT)
    requested = watch.tick(NOON + timedelta(seconds=30))
    table = "icon_health/encounters_details"
    assert {f"silver/{table}_rows", f"silver/{table}", "gold/patient_history", "gold/fct_encounter"} < requested
    assert {"curated/provider_performance", "curated/data_health"} < requested
    assert not any("patients" in key or "providers" in key for key in requested if key.startswith("silver"))
    assert watch.tick(NOON + timedelta(minutes=1)) == set()


def test_a_dimension_table_waits_for_the_hour_of_the_schedule_and_what_rests_on_it_follows(watch: Watch) -> None:
    watch.loaded(DIMENSION)
    assert watch.tick(NOON + timedelta(seconds=30)) == set()
    requested = watch.tick(NOON + timedelta(hours=18, seconds=30))
    assert {"silver/icon_health/patients_rows", "quarantine/icon_health/patients", "gold/fct_encounter"} < requested
    assert watch.tick(NOON + timedelta(hours=18, minutes=1)) == set()


def test_the_report_follows_what_landed_and_what_was_transformed_and_nothing_else(watch: Watch) -> None:
    watch.loaded(DIMENSION)
    assert watch.requested(NOON + timedelta(seconds=30)) == {REPORT}
    assert watch.requested(NOON + timedelta(seconds=60)) == set()
    assert watch.tick(NOON + timedelta(hours=18, seconds=30))
    assert watch.requested(NOON + timedelta(hours=18, seconds=60)) == {REPORT}
    assert watch.requested(NOON + timedelta(hours=18, seconds=90)) == set()


def test_a_batch_without_anything_new_requests_nothing_and_does_not_run_later_in_its_place(watch: Watch) -> None:
    assert watch.tick(NOON + timedelta(hours=18, seconds=30)) == set()
    watch.loaded(DIMENSION)
    assert watch.tick(NOON + timedelta(hours=20)) == set()


def test_a_run_whose_process_was_killed_is_run_again_since_automation_itself_asks_only_once(
    definitions: dg.Definitions, module_home
) -> None:
    sensor = definitions.resolve_sensor_def(SENSOR)
    asked = DagsterRun("__ASSET_JOB", run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED, tags=sensor.run_tags)
    with dagster_instance(module_home().settings) as instance:
        instance.report_run_failed(instance.add_run(asked), SENTENCE)
        ended = instance.get_run_by_id(asked.run_id)
        assert ended and ended.is_complete_and_waiting_to_retry
        instance.delete_run(asked.run_id)


def deliver(home: Home, *days: int) -> None:
    """Land and load the sample's files of these days of its week."""
    for file in sorted(home.settings.data.glob("outbox/*/*")):
        if any(f"2026-01-{day:02}" in file.name for day in days):
            (home.settings.inbox / file.parent.name).mkdir(parents=True, exist_ok=True)
            file.rename(home.settings.inbox / file.parent.name / file.name)
    land_deliveries(home, run_id="run")
    load_deliveries(home, run_id="run")


@dataclass(frozen=True)
class Compared:
    """The same deliveries, transformed as automation does in one home and all at once in the other."""

    continuous: Home
    held: dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def compared(module_home, definitions: dg.Definitions, contents: Callable[..., dict[str, list[str]]]) -> Compared:
    homes, held = {}, {}
    for name in ("at_once", "continuous"):
        made = homes[name] = module_home(name)
        write_sample(made.settings.data / "outbox", made.settings.data / "truth.json", days=3, patients=100)
        deliver(made, 2, 3)
        list(transform(made, run_id="first"))
        deliver(made, 4)
        if name == "continuous":
            transform_at_noon(made, definitions)
            assert not is_up_to_date(made), "the dimension tables wait"
        list(transform(made, run_id="batch"))
        held[name] = contents(made)
    return Compared(homes["continuous"], held)


def transform_at_noon(home: Home, definitions: dg.Definitions) -> None:
    """What automation requests when a delivery of facts was loaded."""
    with watching(definitions) as watch:
        watch.loaded(FACT)
        list(transform(home, select=nodes(definitions, watch.tick(NOON + timedelta(seconds=30))), run_id="noon"))


def test_facts_at_noon_and_dimensions_in_batch_leave_the_same_tables_as_all_at_once(compared: Compared) -> None:
    assert compared.held["continuous"] == compared.held["at_once"]


def test_a_fact_at_noon_of_a_new_patient_is_in_gold_at_noon_and_its_table_is_up_to_date(
    compared: Compared, definitions: dg.Definitions
) -> None:
    home = compared.continuous
    file = home.settings.inbox / "icon_health" / "encounters_details_2026-01-09.csv"
    file.write_text("encounter_id,npi,patient_id,cpt,paid_amount\nE9,1234567893,P-new,27130,10.00\n")
    deliver(home)
    transform_at_noon(home, definitions)
    assert is_up_to_date(home)
    with home.warehouse(read_only=True) as warehouse:
        (member,) = warehouse.rows(
            "select p.is_inferred from gold.fct_encounter f join gold.dim_patient p using (patient_key) "
            "where f.encounter_id = 'E9'"
        )
    assert member["is_inferred"]


def test_the_first_run_of_automation_builds_everything_and_the_schedule_asks_for_what_waits(
    module_home, definitions: dg.Definitions
) -> None:
    home = module_home("first")
    write_sample(home.settings.inbox, home.settings.data / "truth.json", days=3, patients=100)
    land_deliveries(home, run_id="run")
    load_deliveries(home, run_id="run")
    (schedule,) = definitions.schedules
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, resources=definitions.resources)
        (asked,) = schedule.evaluate_tick(context).run_requests
        assert {key.path[0] for key in asked.asset_selection} == TRANSFORMED
        result = definitions.resolve_job_def(DAILY_ELT).execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(["silver", "icon_health", "referrals"])],
            tags={AUTOMATIC: "true"},
        )
        assert result.success
        assert instance.get_latest_materialization_event(dg.AssetKey(["curated", "provider_performance"]))
        assert is_up_to_date(home)
        assert schedule.evaluate_tick(context).skip_message == "Nothing new in the inbox."
        assert told(instance, "volume") == [result.run_id], "the run that loaded could not judge, so this one tells"
        assert not untold(home)


def test_a_run_that_loads_leaves_the_checks_of_data_health_to_the_run_that_judges(definitions: dg.Definitions) -> None:
    def checks(job: str) -> set[str]:
        return {key.name for key in definitions.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys}

    assert set(VERDICTS) < checks(DAILY_ELT)
    assert not set(VERDICTS) & checks(LOAD_DELIVERIES)


def told(instance: dg.DagsterInstance, check: str) -> list[str]:
    """The runs that have told of it for the table of facts."""
    key = dg.AssetCheckKey(dg.AssetKey(["bronze", "icon_health", FACT]), check)
    return [each.run_id for each in instance.event_log_storage.get_asset_check_execution_history(key, limit=10)]


def nodes(definitions: dg.Definitions, keys: set[str]) -> list[str]:
    """dbt's names of the assets."""
    graph = definitions.resolve_asset_graph()
    found = (graph.get(dg.AssetKey.from_user_string(key)).metadata["dagster_dbt/unique_id"] for key in keys)
    return sorted(unique_id.split(".")[-1] for unique_id in found)
