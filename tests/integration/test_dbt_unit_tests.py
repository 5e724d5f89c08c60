"""The project's dbt unit tests, run where they can be: dbt takes the columns of their inputs from tables that exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import pytest
from dbt.cli.main import dbtRunner

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.transform.project import dbt_arguments, dbt_vars, export_environment

EXPECTED = (
    "data_drift.a_delivery_with_fewer_than_three_before_it_is_not_judged",
    "data_drift.a_usual_delivery_has_not_drifted_and_one_that_shrinks_and_empties_a_column_has",
    "data_drift.numbers_that_move_to_another_bin_and_a_text_that_was_never_there_are_drift",
    "encounter_features.only_what_came_before_the_encounter_counts",
    "fct_adverse_event.an_adverse_event_before_its_encounter_points_to_the_unknown_members",
    "fct_condition.a_diagnosis_points_to_the_patient_of_its_time_and_an_old_one_to_the_first_version",
    "fct_coverage_period.a_period_points_to_both_payers_and_to_nobody_where_there_is_no_second",
    "fct_encounter.an_encounter_before_the_first_delivery_points_to_the_first_version_and_one_without_a_payer_to_nobody",
    "fct_encounter.an_encounter_points_to_the_dimensions_as_they_were_on_its_day",
    "fct_medication.an_order_points_to_patient_and_payer_as_they_were_when_it_began",
    "fct_referral.a_referral_is_open_until_an_encounter_answers_it",
    "history_example.a_deletion_closes_and_a_return_reopens",
    "history_example.a_late_version_is_put_between_its_neighbours",
    "history_example.at_one_moment_a_live_version_beats_a_deletion",
    "history_example.equal_neighbours_are_one_version",
    "history_example.two_versions_on_one_day_are_both_kept",
    "network_versions.a_list_that_drops_a_provider_deletes_it_from_that_moment",
    "network_versions.an_employer_that_is_deleted_leaves_with_its_whole_list",
    "organization_versions.an_organization_that_was_deleted_is_inferred_when_an_encounter_names_it",
    "patient_features.a_corrected_gender_counts_from_the_day_of_the_correction",
    "patient_versions.a_referral_describes_a_patient_until_the_plan_does",
    "patient_versions.an_encounter_of_an_unknown_patient_infers_one_until_it_is_delivered",
    "patient_versions.the_same_number_in_two_source_systems_is_two_patients_and_a_synthea_fact_infers_its_own",
    "payer_versions.a_payer_that_only_a_fact_names_is_inferred_until_it_is_delivered",
    "provider_performance.each_age_falls_in_its_bracket_on_the_day_of_the_encounter",
    "provider_performance.provider_totals_count_a_patient_once_and_small_counts_do_not_win",
    "provider_procedure_features.an_encounter_that_moves_to_another_provider_leaves_the_first_from_that_day",
    "provider_procedure_features.features_change_on_the_day_of_a_correction_and_not_before",
    "provider_versions.a_provider_in_a_network_that_no_directory_holds_is_inferred",
    "provider_versions.a_provider_that_left_the_directory_is_inferred_when_a_fact_names_it",
    "referral_options.options_are_in_network_perform_the_procedure_and_small_counts_do_not_win",
)


@pytest.fixture(scope="module")
def outcomes(module_home: Callable[..., Home]) -> dict[str, str]:
    """How each unit test ended, on a home without deliveries."""
    home = module_home()
    for _ in transform(home, run_id="run"):
        pass
    _dbt(home, "run", "--select", "history_example_versions")
    results = _dbt(home, "test", "--select", "test_type:unit")
    return {
        _name(result.node.unique_id): str(result.status)
        for result in results
        if result.node.unique_id.startswith("unit_test.")
    }


def _dbt(home: Home, *command: str) -> Iterable:
    export_environment(home.settings)
    variables = json.dumps(dbt_vars(home.settings) | {"unit_tests": True})
    invocation = dbtRunner().invoke(["--quiet", *command, *dbt_arguments(home.settings), "--vars", variables])
    assert invocation.exception is None
    return invocation.result.results


def _name(unique_id: str) -> str:
    return unique_id.removeprefix("unit_test.healthcare_elt.")


def test_every_unit_test_passes(outcomes: dict[str, str]) -> None:
    assert {name: outcome for name, outcome in outcomes.items() if outcome != "pass"} == {}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_branch_of_business_logic_has_its_unit_test(outcomes: dict[str, str], name: str) -> None:
    assert outcomes.get(name) == "pass"


def test_every_unit_test_that_is_written_is_run(module_home: Callable[..., Home], outcomes: dict[str, str]) -> None:
    manifest = json.loads((module_home().settings.dbt_target_path / "manifest.json").read_text())
    assert len(outcomes) > 15
    assert {_name(unique_id) for unique_id in manifest["unit_tests"]} == set(outcomes)
