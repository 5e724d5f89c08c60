"""Data health of a small table: profiles, expectations, drift and scores by hand, and the checks that tell of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pytest
from example import Example, MakeExample
from typer.testing import CliRunner

from healthcare_elt.cli.app import app
from healthcare_elt.defs import build
from healthcare_elt.orchestration import RunOutcome, dagster_instance, run_daily_elt
from healthcare_elt.pipeline.health import health_of
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.profile import profile_of, shares_of
from healthcare_elt.pipeline.withdraw import withdraw
from healthcare_elt.report import History, gather

COLUMNS: tuple[dict[str, Any], ...] = (
    {"name": "id", "required": True},
    {"name": "n", "data_type": "integer"},
    {"name": "word"},
    {"name": "began", "data_type": "date"},
    {"name": "ended", "data_type": "date"},
    {"name": "secret", "data_type": "integer", "phi": "direct"},
)
HEADER = "id,n,word,began,ended,secret"
ROWS = [
    "1,1,aa,2026-01-01,2026-01-02,770001",
    "2,2,aa,2026-01-01,2026-01-01,770002",
    "3,3,aa,2026-01-01,2026-01-03,770003",
    "4,4,aa,2026-01-01,,770004",
    "5,5,bb,2026-01-02,2026-01-01,770005",
    "6,6,bb,2026-01-02,2026-01-05,770005",
    "7,7,bb,,,770007",
    "8,8,ccc,2026-01-02,2026-01-09,770008",
    "9,9,ccc,2026-01-02,2026-01-09,770009",
    "10,none,,2026-01-02,2026-01-09,",
]
HELD, BROKEN = True, False
N = {"column": "n"}
WORD = {"column": "word"}
PAIR = {"column_A": "ended", "column_B": "began"}
ONE = (
    ("values_to_not_be_null", N, BROKEN, 0.9),
    ("values_to_not_be_null", N | {"mostly": 0.9}, HELD, 0.9),
    ("values_to_be_between", N | {"min_value": 1, "max_value": 9}, HELD, 1),
    ("values_to_be_between", N | {"min_value": 1, "strict_min": True}, BROKEN, 8 / 9),
    ("values_to_be_between", N | {"max_value": 9, "strict_max": True, "mostly": 0.8}, HELD, 8 / 9),
    ("values_to_be_between", {"column": "began", "min_value": "2026-01-02"}, BROKEN, 5 / 9),
    ("values_to_be_in_set", WORD | {"value_set": ["aa", "bb", "ccc"]}, HELD, 1),
    ("values_to_be_in_set", N | {"value_set": [1, 2, 3]}, BROKEN, 3 / 9),
    ("values_to_match_regex", WORD | {"regex": "^[ab]+$", "mostly": 0.7}, HELD, 7 / 9),
    ("values_to_match_regex", WORD | {"regex": "c"}, BROKEN, 2 / 9),
    ("values_to_be_unique", N, HELD, 1),
    ("values_to_be_unique", {"column": "secret"}, BROKEN, 7 / 9),
    ("value_lengths_to_be_between", WORD | {"min_value": 2, "max_value": 2}, BROKEN, 7 / 9),
    ("mean_to_be_between", N | {"min_value": 5, "max_value": 5}, HELD, 5),
    ("mean_to_be_between", N | {"min_value": 5, "strict_min": True}, BROKEN, 5),
    ("mean_to_be_between", {"column": "secret", "min_value": 770000}, HELD, None),
    ("median_to_be_between", N | {"max_value": 4.9}, BROKEN, 5),
    ("sum_to_be_between", N | {"min_value": 45, "max_value": 45}, HELD, 45),
    ("stdev_to_be_between", N | {"min_value": 2.73, "max_value": 2.74}, HELD, 2.738613),
    ("min_to_be_between", N | {"min_value": 1.5}, BROKEN, 1),
    ("max_to_be_between", N | {"min_value": 9, "max_value": 9}, HELD, 9),
    ("unique_value_count_to_be_between", WORD | {"min_value": 3, "max_value": 3}, HELD, 3),
    ("proportion_of_unique_values_to_be_between", WORD | {"max_value": 0.3}, BROKEN, 3 / 9),
    ("most_common_value_to_be_in_set", WORD | {"value_set": ["aa"]}, HELD, None),
    ("most_common_value_to_be_in_set", WORD | {"value_set": ["bb"]}, BROKEN, None),
    ("most_common_value_to_be_in_set", N | {"value_set": [1, 2]}, BROKEN, None),
    ("most_common_value_to_be_in_set", N | {"value_set": [1, 2], "ties_okay": True}, HELD, None),
    ("quantile_values_to_be_between",
     N | {"quantile_ranges": {"quantiles": [0.25, 0.75], "value_ranges": [[2, 3], [7, None]]}}, HELD, None),
    ("quantile_values_to_be_between",
     N | {"quantile_ranges": {"quantiles": [0.5], "value_ranges": [[None, 4]]}}, BROKEN, 5),
    ("pair_values_a_to_be_greater_than_b", PAIR, BROKEN, 6 / 9),
    ("pair_values_a_to_be_greater_than_b", PAIR | {"or_equal": True, "mostly": 0.7}, HELD, 7 / 9),
)  # fmt: skip
OF_TABLE = (
    ("expect_compound_columns_to_be_unique", {"column_list": ["word", "ended"]}, BROKEN, 8 / 10),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "word"]}, HELD, 1),
    ("expect_table_row_count_to_be_between", {"min_value": 10, "max_value": 10}, HELD, 10),
    ("expect_table_row_count_to_be_between", {"min_value": 11}, BROKEN, 10),
)
CASES = (*((f"expect_column_{name}", *rest) for name, *rest in ONE), *OF_TABLE)


def deliver(plan: Example, day: int, rows: list[str], header: str = HEADER) -> None:
    plan.deliver(f"members_2026-01-{day:02}.csv", "\n".join([header, *rows, ""]))


def usual(day: int) -> list[str]:
    """Rows of an ordinary day."""
    dates = f"2026-01-{day:02},2026-01-{day:02}"
    return [f"{1000 * day + i},{10 + i % 50},{'ab'[i % 2] * 2},{dates},{i}" for i in range(300)]


def test_each_expectation_means_what_great_expectations_means_by_it(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(COLUMNS, expectations=[{name: given} for name, given, _, _ in CASES])
    deliver(plan, 2, ROWS)
    plan.run()
    seen = plan.rows(
        "select expectation, has_held, cast(observed as double) from curated.delivery_expectations order by number"
    )
    wanted = [
        (name, held, None if observed is None else pytest.approx(observed, abs=1e-6))
        for name, _, held, observed in CASES
    ]
    assert seen == wanted
    held = sum(held for _, _, held, _ in CASES)
    assert plan.rows("select expectations, expectations_held, cast(score as double) from curated.data_health") == [
        (len(CASES), held, pytest.approx(held / len(CASES), abs=1e-6))
    ]


def test_a_profile_counts_every_bronze_row_and_shows_no_value_of_a_column_that_is_phi(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract(COLUMNS)
    deliver(plan, 2, ROWS)
    plan.run()
    profile = {each.column: each for each in profile_of(plan.home, plan.home.ledger.deliveries()[0].delivery_id)}
    assert {(each.rows, each.nulls) for name, each in profile.items() if name in ("n", "word", "secret")} == {(10, 1)}
    assert (profile["n"].minimum, profile["n"].maximum, profile["n"].distinct) == ("1", "9", 9)
    assert profile["n"].quartiles == pytest.approx((3, 5, 7), rel=0.05)
    assert (profile["began"].minimum, profile["began"].maximum) == ("2026-01-01", "2026-01-02")
    assert profile["secret"].distinct == 8
    assert (profile["secret"].minimum, profile["secret"].maximum, profile["secret"].quartiles) == (None, None, None)
    for table in ("delivery_profiles", "delivery_shares", "delivery_expectations", "data_drift", "data_health"):
        assert "7700" not in str(plan.rows(f"select * from curated.{table}"))
    (words,) = [
        each for each in shares_of(plan.home, plan.home.ledger.deliveries()[0].delivery_id) if each.column == "word"
    ]
    assert (words.labels, words.delivery) == (("aa", "bb", "ccc"), pytest.approx((4 / 9, 3 / 9, 2 / 9)))


def test_no_quartile_is_outside_of_the_ends(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(
        (
            {"name": "id", "required": True},
            {"name": "fee", "data_type": "decimal(9,2)"},
            {"name": "debt", "data_type": "integer"},
            {"name": "began", "data_type": "date"},
            {"name": "seen", "data_type": "timestamp"},
        )
    )
    rows = [f"{key},5.00,-{key},2025-09-24,2026-01-01 23:30:00.5" for key in (100, 100, 101)]
    deliver(plan, 2, rows, header="id,fee,debt,began,seen")
    plan.run()
    profile = {each.column: each for each in profile_of(plan.home, plan.home.ledger.deliveries()[0].delivery_id)}
    assert (profile["fee"].minimum, profile["fee"].maximum) == ("5.00", "5.00")
    found = {name: profile[name].quartiles for name in ("fee", "debt", "began", "seen")}
    assert found["fee"] == (5, 5, 5)
    assert all(-101 <= each <= -100 for each in found["debt"])
    assert (found["began"], found["seen"]) == ((100, 100, 100), (1, 1, 1))


def test_what_is_no_finite_number_and_no_day_is_of_no_type_and_breaks_no_profile(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(({"name": "id"}, {"name": "share", "data_type": "double"}, {"name": "began", "data_type": "date"}))
    deliver(plan, 2, ["a,1.5e3,2026-01-02", "b,-.5,2026-01-02"], "id,share,began")
    wrong = ["NaN,", "inf,", "-Infinity,", "1e309,", "1_000,", ",infinity", ",-infinity", ",epoch"]
    deliver(plan, 3, [f"{number},{values}" for number, values in enumerate(wrong)], "id,share,began")
    plan.run()
    assert plan.rows("select id, share from silver.plan__members order by id") == [("a", 1500), ("b", -0.5)]
    reasons = plan.rows("select reasons from quarantine.plan__members order by id")
    assert reasons == [("share.type",)] * 5 + [("began.type",)] * 3
    assert plan.rows("select delivery_date, score from curated.data_health order by 1") == [
        (date(2026, 1, 2), 1),
        (date(2026, 1, 3), 0),
    ]


def test_a_figure_too_large_to_be_shown_is_judged_and_stops_nothing(make_example: MakeExample) -> None:
    plan = make_example()
    bounds = {"column": "amount", "min_value": 0, "max_value": 10}
    names = [f"expect_column_{figure}_to_be_between" for figure in ("mean", "median", "sum", "stdev", "min", "max")]
    plan.contract(
        [{"name": "id"}, {"name": "amount", "data_type": "double"}], expectations=[{name: bounds} for name in names]
    )
    plan.deliver("members_2026-01-01.csv", "id,amount\n1,1e308\n2,1e308\n3,1e308\n4,1\n")
    plan.run()
    found = plan.rows("select observed, has_held from curated.delivery_expectations order by number")
    assert found == [(None, False)] * 4 + [(1, True), (None, False)]


def test_the_report_shows_the_last_score_of_a_table_whose_last_file_was_rejected_or_withdrawn(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract(COLUMNS)
    deliver(plan, 1, ROWS)
    plan.deliver("members_2026-01-02.csv", "no,such,header\n")
    plan.run()
    deliver(plan, 3, ROWS[:4])
    plan.run()
    withdraw(plan.home, plan.home.ledger.deliveries()[-1].delivery_id, "A mistake.")
    shown = gather(plan.home, History(), datetime(2026, 1, 4, tzinfo=UTC)).health
    assert [(each.told.delivery_date, each.told.bronze_rows) for each in shown] == [(date(2026, 1, 1), len(ROWS))]


def test_another_window_judges_again_and_types_nothing_again(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract(COLUMNS)
    for day in range(1, 7):
        deliver(plan, day, usual(day))
    plan.run()
    typed = "select * from meta.processed where model = 'plan__members' order by all"
    compared = "select distinct day(delivery_date), compared from curated.data_drift order by all"
    before = plan.rows(typed)
    batches = plan.rows("select * from meta.change_batches where producer = 'plan__members'")
    assert plan.rows(compared) == [(4, 3), (5, 4), (6, 5)]
    plan.contract(COLUMNS, drift={"window": 3})
    plan.run()
    assert plan.rows(compared) == [(4, 3), (5, 3), (6, 3)]
    assert plan.rows(typed) == before
    assert plan.rows("select * from meta.change_batches where producer = 'plan__members'") == batches


def run(plan: Example) -> RunOutcome:
    return run_daily_elt(plan.home.settings, pending(plan.home) or {date(2026, 1, 2)})


def told(plan: Example, check: str) -> list[dg.AssetCheckEvaluation]:
    """What the check has said so far, the last first."""
    key = dg.AssetCheckKey(dg.AssetKey(["bronze", "plan", "members"]), check)
    with dagster_instance(plan.home.settings) as instance:
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
        events = [record.event.dagster_event for record in records if record.event]
        evaluated = [event for event in events if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION]
        return [event.asset_check_evaluation_data for event in evaluated]


def test_a_delivery_that_differs_is_loaded_and_told_once_by_the_checks_of_its_bronze_table(
    make_example: MakeExample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "require_source_models", lambda *_: None)  # the example has them in other folders
    plan = make_example("checked")
    row_count = {"expect_table_row_count_to_be_between": {"min_value": 200, "severity": "error"}}
    plan.contract(COLUMNS, expectations=[row_count])
    for day in range(1, 6):
        deliver(plan, day, usual(day))
    outcome = run(plan)
    assert outcome.success
    assert not [name for name in outcome.checks_warned if name.startswith("bronze")]
    assert {len(told(plan, check)) for check in ("volume", "null_rate", "distribution", "expectations")} == {1}

    rows = [f"{9000 + i},{1000 + i},,2026-01-06,2026-01-06,{i}" for i in range(100)]
    deliver(plan, 6, [f"{row},x" for row in rows], header=f"{HEADER},extra")
    deliver(plan, 7, usual(7))
    outcome = run(plan)
    assert outcome.checks_failed == ["bronze/plan/members: expectations"]
    assert sorted(outcome.checks_warned) == [
        f"bronze/plan/members: {check}" for check in ("distribution", "null_rate", "schema_changes", "volume")
    ]
    (last,) = [each for each in health_of(plan.home) if each.delivery_date == date(2026, 1, 6)]
    assert last.bronze_rows == 100
    assert last.score < 0.1
    assert {each.column for each in last.drift if each.has_drifted and each.check == "distribution"} == {"n"}
    assert [change.sentence for change in last.schema_changes] == ["new columns: extra"]
    evaluation = told(plan, "null_rate")[0]
    assert evaluation.metadata["deliveries"].value == list(last.deliveries)
    assert [record.data["column"] for record in evaluation.metadata["findings"].records] == ["word"]

    shown = CliRunner().invoke(app, ["health", "plan.members"])
    assert shown.exit_code == 0
    assert all(words in shown.stdout for words in ("expect_table_row_count_to_be_between", "new columns: extra", "psi"))
    as_json = json.loads(CliRunner().invoke(app, ["health", "plan.members", "--json"]).stdout)
    assert [day["delivery_date"] for day in as_json] == [f"2026-01-0{day}" for day in range(1, 8)]

    before = len(told(plan, "volume"))
    outcome = run(plan)
    assert outcome.success
    assert len(told(plan, "volume")) == before
