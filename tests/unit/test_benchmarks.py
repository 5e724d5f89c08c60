"""What `benchmarks/` promises without the platform: its deliveries, its own script, and its judgement."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from benchmarks import deliveries, judge, process, targets
from benchmarks.equality import PLAIN, differences
from benchmarks.fit import exponent
from benchmarks.runners import Command, inbox, limit
from healthcare_elt.contracts.formats import is_npi

PLAN = deliveries.Plan(2000, dirty=10)


def rows_of(folder: Path, table: str, day: int) -> list[dict[str, str]]:
    with (folder / "icon_health" / f"{table}_{deliveries.day_date(day)}.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(tmp_path):
    written = {}
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        deliveries.write_day(deliveries.Plan(1000, seed=seed), 2, tmp_path / name)
        written[name] = {file.name: file.read_bytes() for file in (tmp_path / name / "icon_health").iterdir()}

    assert written["one"] == written["again"]
    assert all(written["one"][name] != written["other"][name] for name in written["one"])


def test_a_day_brings_as_many_changes_and_new_rows_as_are_said(tmp_path):
    for day in (1, 2):
        deliveries.write_day(PLAN, day, tmp_path)
    patients, changed = ({row["patient_id"]: row for row in rows_of(tmp_path, "patients", day)} for day in (1, 2))
    encounters, new = ({row["encounter_id"] for row in rows_of(tmp_path, "encounters_details", day)} for day in (1, 2))

    assert (len(patients), len(changed), len(encounters), len(new)) == (400, 8, 2000, 20)
    assert set(changed) <= set(patients) and not new & encounters
    assert all(changed[key] != patients[key] for key in changed)


@pytest.mark.parametrize("dirty", [0, 1, 10, 50])
def test_so_many_rows_break_a_rule_as_are_asked_for(tmp_path, dirty):
    deliveries.write_day(deliveries.Plan(2000, dirty=dirty), 1, tmp_path)

    bad = [
        row
        for row in rows_of(tmp_path, "encounters_details", 1)
        if not (is_npi(row["npi"]) and row["patient_id"] and row["cpt"].isdigit() and row["paid_amount"][0].isdigit())
    ]
    assert len(bad) == 2000 * dirty // 100


def test_many_deliveries_hold_the_rows_of_one(tmp_path):
    deliveries.write_split(PLAN, 1, tmp_path / "one")
    deliveries.write_split(PLAN, 7, tmp_path / "many")

    for table in ("patients", "encounters_details"):
        whole = {row[next(iter(row))] for row in rows_of(tmp_path / "one", table, 1)}
        parts = [row[next(iter(row))] for day in range(1, 8) for row in rows_of(tmp_path / "many", table, day)]
        assert len(parts) == len(whole) and set(parts) == whole


def test_a_row_that_one_side_lacks_or_holds_twice_is_a_difference(tmp_path):
    for name in ("one", "two"):
        deliveries.write_day(PLAN, 1, inbox(tmp_path / name))
        process.cost_of(limit.command(tmp_path / name, "2025-01-01"))
    one, two = (limit.warehouse(tmp_path / name) for name in ("one", "two"))
    assert differences(one, two, PLAIN, PLAIN) == {}

    with duckdb.connect(two) as connection:
        connection.execute("delete from gold.fct_encounter where encounter_id = 'E000000001'")
        connection.execute("insert into bronze.patients from bronze.patients limit 1")
    assert differences(one, two, PLAIN, PLAIN) == {"gold.fct_encounter": 1, "bronze.patients": 1}


def test_what_a_command_says_is_told_when_it_fails():
    with pytest.raises(RuntimeError, match="no such thing"):
        process.cost_of(Command(("/bin/sh", "-c", "echo no such thing; exit 3")))


def cost(cpu: float) -> dict[str, float]:
    return {"wall": 10 * cpu, "cpu": cpu, "memory": 100}


def test_a_ratio_is_of_medians_of_the_same_day():
    figures = {
        "limit": {"day 1": [cost(2), cost(2), cost(90)], "day 2": [cost(1)]},
        "ours": {"day 1": [cost(3), cost(0.1), cost(50)], "day 2": [cost(4)]},
    }
    assert judge.ratios(figures, "cpu", "limit") == {"ours": {"day 1": 1.5, "day 2": 4.0}}
    assert judge.spread([cost(2), cost(3), cost(4)], "cpu") == pytest.approx(2 / 3)


@pytest.mark.parametrize(("now", "failures"), [(2.5, 0), (2.51, 1), (1.0, 0)])
def test_the_gate_fails_when_a_ratio_is_worse_by_more_than_a_quarter(now, failures):
    assert len(judge.worse({"ours": {"day 1": 2.0}}, {"ours": {"day 1": now}})) == failures


def test_the_gate_fails_when_a_recorded_ratio_is_not_measured():
    assert judge.worse({"ours": {"day 1": 2.0}}, {"ours": {}}) == [
        "ours, day 1: not measured, and 2.00 is recorded; measure it or record anew."
    ]


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_the_exponent_of_a_cost_does_not_depend_on_its_fixed_part(power):
    sizes = [10, 40, 160, 640]
    for fixed in (0, 5, 5000):
        costs = [fixed + 20 + (size - 10) ** power for size in sizes]
        found = exponent(sizes, [1e4 * cost for cost in costs])
        assert found is None if costs[-1] < 1.1 * costs[0] else found == pytest.approx(power)


def test_a_cost_that_grows_with_the_square_is_seen_and_noise_is_no_growth():
    sizes = [8, 32, 128, 512]
    assert exponent(sizes, [30 + size * size / 100 for size in sizes]) == pytest.approx(2, abs=0.2)
    assert exponent(sizes, [30.0, 31.5, 29.0, 32.5]) is None
    assert exponent(sizes, [30.0, 29.0, 29.5, 40.0]) is None, "one size above the fixed part makes no line"


def test_targets_say_what_was_measured_and_whether_that_is_enough():
    days = {"day 1": [cost(2)], "day 2": [cost(1)], "day 3": [cost(1)]}
    ours = {"day 1": [cost(3)], "day 2": [cost(1.6)], "day 3": [cost(1)]}
    runners = {"5000000": {"rounds": 1, "figures": {"limit": days, "ours": ours}}}
    size = {"encounters": 100_000, "history": 5_000_000, "days": 60}
    split = {"rounds": 3, "size": size, "costs": {"daily deliveries": [cost(3)], "one delivery": [cost(2)]}}
    idle = {"rounds": 3, "size": size, "costs": {name: [cost(0.02)] for name in ("status", "help", "completion")}}
    idle["costs"] |= {"nothing new": [cost(1)], "imports": [cost(4)]}
    judged = {(each.what, each.over): each for each in targets.targets(runners, {"split": split, "idle": idle})}

    verdicts = {key: each.verdict for key, each in judged.items()}
    assert verdicts["5,000,000 encounters, day 1", "limit"] == "met"
    assert verdicts["5,000,000 encounters, day 2", "limit"] == "not met"
    assert verdicts["1,000,000 encounters, day 1", "usual"] == "not measured"
    assert verdicts["peak memory, 5,000,000 encounters", ""] == "met"
    assert verdicts["daily deliveries", "one delivery"] == "met at days 60"
    assert verdicts["half dirty", "clean"] == "not measured"
    assert (verdicts["nothing new", "imports"], verdicts["status", ""]) == ("met", "met")
    assert judged["5,000,000 encounters, day 2", "limit"].wall == pytest.approx(1.6)


def test_ci_runs_the_gate_when_the_tests_are_over():
    steps = (Path(__file__).parents[2] / ".ci" / "run").read_text().splitlines()
    assert steps.index("make bench-gate") == steps.index("make test") + 1
