"""Expectations and drift in a contract: each mistake is one sentence that names it and what may be written."""

from __future__ import annotations

from typing import Any

import pytest

from healthcare_elt.contracts.column import Column
from healthcare_elt.contracts.expectations import EXPECTATIONS, DriftRule, drift_rule, expectations
from healthcare_elt.settings import PROJECT_ROOT

COLUMNS = {
    name: Column(name=name, description="One.", data_type=data_type, phi="none")
    for name, data_type in (("n", "integer"), ("word", "varchar"), ("seen", "date"), ("amount", "decimal(9,2)"))
}
BETWEEN = "expect_column_values_to_be_between"


def sentence(entry: Any) -> str:
    with pytest.raises(ValueError) as caught:
        expectations([entry], COLUMNS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("expect_column_values_to_be_between", "one name with its arguments"),
        ({"expect_nothing": {}}, "expectation expect_nothing is unknown; it may be one of expect_column_values"),
        ({BETWEEN: ["n"]}, "must have its arguments as a mapping; it takes column, min_value"),
        ({BETWEEN: {"column": "n", "minimum": 0}}, "has no argument minimum; it takes column, min_value, max_value"),
        ({BETWEEN: {"min_value": 0}}, "lacks column"),
        ({BETWEEN: {"column": "m", "min_value": 0}}, "'m', which is no column; it may be one of n, word, seen, amount"),
        ({BETWEEN: {"column": "word", "min_value": 0}}, "word, a varchar, and must be a integer or"),
        ({BETWEEN: {"column": "n"}}, "min_value or max_value is missing"),
        ({BETWEEN: {"column": "n", "min_value": "low"}}, "min_value is 'low' and must be a number"),
        ({BETWEEN: {"column": "seen", "min_value": 5}}, "must be a day such as 2026-01-31"),
        ({BETWEEN: {"column": "n", "min_value": 0, "mostly": 99}}, "mostly is 99 and must be a share"),
        ({BETWEEN: {"column": "n", "min_value": 0, "strict_min": "yes"}}, "strict_min is 'yes' and must be true"),
        ({BETWEEN: {"column": "n", "min_value": 0, "severity": "bad"}}, "severity is 'bad' and must be one of warn"),
        ({"expect_column_values_to_be_in_set": {"column": "n", "value_set": []}}, "value_set must be a list"),
        ({BETWEEN: {"column": ["n"], "min_value": 0}}, "names ['n'], which is no column"),
        ({BETWEEN: {"column": "n", "min_value": float("nan")}}, "min_value is nan and must be a number"),
        ({BETWEEN: {"column": "seen", "min_value": "2026-02-30"}}, "must be a day such as 2026-01-31"),
        ({"expect_column_values_to_be_in_set": {"column": "n", "value_set": [1, "x"]}}, "'x', which is no integer"),
        ({"expect_column_values_to_be_in_set": {"column": "seen", "value_set": ["x"]}}, "'x', which is no date"),
        ({"expect_column_values_to_be_in_set": {"column": "word", "value_set": [True]}}, "True, which is no varchar"),
        ({"expect_column_values_to_match_regex": {"column": "word", "regex": "("}}, "no regular expression"),
        ({"expect_column_values_to_match_regex": {"column": "word", "regex": "a(?=b)"}}, "no regular expression that"),
        ({"expect_column_values_to_match_regex": {"column": "word", "regex": 5}}, "regex is 5 and must be a text"),
        ({"expect_compound_columns_to_be_unique": {"column_list": ["n"]}}, "two columns or more"),
        ({"expect_column_pair_values_a_to_be_greater_than_b": {"column_A": "n", "column_B": "seen"}}, "compared"),
        ({"expect_column_quantile_values_to_be_between": {"column": "n", "quantile_ranges": {"quantiles": [0.5]}}},
         "quantile_ranges must be such as"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_that_names_the_expectation_and_what_it_takes(entry: Any, said: str) -> None:
    told = sentence(entry)
    assert said in told
    assert "\n" not in told
    if isinstance(entry, dict):
        assert next(iter(entry)) in told


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ([14], "drift must be a mapping"),
        ({"windows": 14}, "drift.windows is not a rule; it may be one of window, severity"),
        ({"window": 2}, "drift.window is 2 and must be a number of deliveries from 3 to 100"),
        ({"severity": "fatal"}, "drift.severity is 'fatal' and must be one of warn, error"),
    ],
)
def test_a_mistake_in_drift_is_one_sentence(rule: Any, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        drift_rule(rule)
    assert said in str(caught.value)


def test_what_is_not_said_is_the_default() -> None:
    assert drift_rule({}) == DriftRule(window=14, severity="warn")
    (expectation,) = expectations([{BETWEEN: {"column": "n", "min_value": 0}}], COLUMNS)
    assert (expectation.severity, expectation.arguments) == ("warn", {"column": "n", "min_value": 0})


def test_the_macro_knows_every_expectation_that_a_contract_may_have() -> None:
    macro = (PROJECT_ROOT / "dbt_project" / "macros" / "health" / "expectations.sql").read_text()
    assert [name for name in EXPECTATIONS if f"'{name}'" not in macro] == []
