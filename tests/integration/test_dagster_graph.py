"""The graph that Dagster shows: exactly these assets, checks, jobs, schedules and sensors."""

from __future__ import annotations

from itertools import pairwise

import dagster as dg
import pytest

from healthcare_elt.defs.build import build_definitions

SYSTEMS = {
    "icon_health": (
        "adverse_events", "employer_in_network", "encounters_details", "patients", "providers", "referrals",
    ),
    "synthea": (
        "allergies", "careplans", "claims", "claims_transactions", "conditions", "devices", "encounters",
        "imaging_studies", "immunizations", "medications", "observations", "organizations", "patients",
        "payer_transitions", "payers", "procedures", "providers", "supplies",
    ),
}  # fmt: skip
TABLES = [(system, table) for system, tables in SYSTEMS.items() for table in tables]
GOLD = {
    "dim_date", "dim_employer", "dim_organization", "dim_patient", "dim_payer", "dim_procedure", "dim_provider",
    "employer_network", "fct_adverse_event", "fct_allergy", "fct_careplan", "fct_condition", "fct_coverage_period",
    "fct_device", "fct_encounter", "fct_immunization", "fct_medication", "fct_procedure", "fct_referral",
    "network_versions", "organization_history", "patient_history", "payer_history", "provider_history",
}  # fmt: skip
FEATURES = ("encounter_features", "patient_features", "provider_procedure_features")

HEALTH = ("data_drift", "data_health", "delivery_expectations", "delivery_profiles", "delivery_shares")
HEALTH_CHECKS = ("volume", "null_rate", "distribution", "schema_changes")


def key(*path: str) -> dg.AssetKey:
    return dg.AssetKey(list(path))


@pytest.fixture(scope="module")
def definitions(module_home) -> dg.Definitions:
    return build_definitions(module_home("graph").settings)


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def test_every_layer_of_every_source_table_is_an_asset_and_nothing_else_is(graph) -> None:
    expected = {
        *(key(layer, *table) for layer in ("landing", "bronze", "quarantine") for table in TABLES),
        *(key("silver", system, f"{table}{end}") for system, table in TABLES for end in ("", "_rows", "_current")),
        *(key("gold", name) for name in GOLD),
        *(key("reference", name) for name in ("employers", "procedures")),
        *(key("features", name) for name in FEATURES),
        *(key("curated", name) for name in ("provider_performance", "referral_options", *HEALTH)),
        key("reports", "report"),
    }
    assert set(graph.materializable_asset_keys) == expected


def test_every_asset_has_a_group_an_owner_a_kind_and_a_description(graph) -> None:
    for asset in graph.materializable_asset_keys:
        node = graph.get(asset)
        assert node.group_name == asset.path[0]
        assert node.owners, asset
        assert node.kinds, asset
        assert node.description, asset
        assert "dagster/code_references" in node.metadata, asset


def test_lineage_runs_from_the_file_to_the_mart(graph) -> None:
    way = [
        key("landing", "icon_health", "providers"),
        key("bronze", "icon_health", "providers"),
        key("silver", "icon_health", "providers_rows"),
        key("silver", "icon_health", "providers"),
        key("gold", "provider_history"),
        key("gold", "dim_provider"),
        key("gold", "fct_encounter"),
        key("curated", "provider_performance"),
    ]
    for parent, child in pairwise(way):
        assert parent in graph.get(child).parent_keys, child


def test_landing_and_bronze_are_partitioned_by_delivery_date_and_the_rest_is_not(graph) -> None:
    for asset in graph.materializable_asset_keys:
        partitions = graph.get(asset).partitions_def
        assert isinstance(partitions, dg.DailyPartitionsDefinition) == (asset.path[0] in ("landing", "bronze"))


def test_all_assets_can_be_backfilled_in_one_run(graph) -> None:
    for asset in graph.materializable_asset_keys:
        assert graph.get(asset).backfill_policy == dg.BackfillPolicy.single_run(), asset


def test_the_reconciliation_of_every_table_is_a_blocking_check(graph) -> None:
    checks = {
        check.asset_key: graph.get_check_spec(check).blocking
        for check in graph.asset_check_keys
        if check.name.startswith("every_row_in_one_class")
    }
    assert checks == {key("silver", system, f"{table}_rows"): True for system, table in TABLES}


def test_every_dbt_test_is_an_asset_check_and_curated_tables_have_freshness_checks(graph) -> None:
    names = [check.name for check in graph.asset_check_keys if check.name not in (*HEALTH_CHECKS, "expectations")]
    assert names.count("freshness_check") == 3
    assert len(names) == 3 + 161


def test_the_health_of_every_bronze_table_is_checked_without_blocking_anything(graph) -> None:
    checks = {check for check in graph.asset_check_keys if check.name in (*HEALTH_CHECKS, "expectations")}
    expected = {dg.AssetCheckKey(key("bronze", *table), name) for table in TABLES for name in HEALTH_CHECKS}
    with_expectations = [("icon_health", name) for name in ("encounters_details", "patients", "providers")]
    with_expectations.append(("synthea", "encounters"))
    assert checks == expected | {dg.AssetCheckKey(key("bronze", *table), "expectations") for table in with_expectations}
    assert not any(graph.get_check_spec(check).blocking for check in checks)


def test_these_are_the_jobs_schedules_and_sensors_and_most_are_off_until_switched_on(definitions) -> None:
    assert {job.name for job in definitions.jobs} == {"daily_elt", "load_deliveries"}
    (schedule,) = definitions.schedules
    assert (schedule.name, schedule.cron_schedule, schedule.execution_timezone) == (
        "daily_elt_schedule",
        "0 6 * * *",
        "UTC",
    )
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    assert {sensor.name: sensor.default_status for sensor in definitions.sensors} == {
        "freshness_checks_sensor": dg.DefaultSensorStatus.STOPPED,
        "alert_sensor": dg.DefaultSensorStatus.STOPPED,
        "delivery_sensor": dg.DefaultSensorStatus.STOPPED,
        "transform_automation": dg.DefaultSensorStatus.STOPPED,
        "killed_runs": dg.DefaultSensorStatus.RUNNING,
    }
    assert {
        definitions.resolve_job_def(name).tags["dagster/max_retries"] for name in ("daily_elt", "load_deliveries")
    } == {"2"}


def test_the_schedule_skips_when_nothing_is_new(definitions, module_home) -> None:
    module_home("graph")
    (schedule,) = definitions.schedules
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, resources=definitions.resources)
        result = schedule.evaluate_tick(context)
    assert result.skip_message == "Nothing new in the inbox."
    assert not result.run_requests
