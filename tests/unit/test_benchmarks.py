"""What `benchmarks/` promises without the platform: its deliveries, its own script, and its judgement."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from benchmarks import deliveries, gate, growth_deliveries, judge, process, results, targets, write_up
from benchmarks.equality import PLAIN, differences
from benchmarks.fit import exponent, least_exponent
from benchmarks.flame import flame, folded
from benchmarks.parts import part_of
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


def test_what_the_measuring_process_holds_is_not_told_of_a_command():
    held = bytearray(300_000_000)
    held[::4096] = b"x" * len(held[::4096])
    assert 0 < process.cost_of(Command(("/bin/true",))).memory < 50


def test_what_a_process_has_taken_so_far_is_what_the_system_says_of_it():
    """In a process of its own: one that tests run in has children, which the system counts when they end."""
    work = "import os, subprocess, sys; from benchmarks import process; sum(range(3_000_000)); "
    child = "subprocess.run([sys.executable, '-c', 'sum(range(3_000_000))']); "
    told = "print(process.cpu_of_family(os.getpid()), sum(os.times()[:4]), process.held_by_family(os.getpid()))"
    output = subprocess.run([sys.executable, "-c", work + child + told], capture_output=True, check=True, text=True)
    family, system, held = map(float, output.stdout.split())
    assert family == pytest.approx(system, abs=0.1)
    assert family > 0.05 and held > 10_000_000


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


@pytest.mark.parametrize(("measured", "code"), [([1.2], 0), ([1.3, 1.2], 0), ([1.3, 1.4], 1)])
def test_what_seems_worse_is_measured_once_more_and_has_to_be_worse_again(tmp_path, monkeypatch, measured, code):
    (tmp_path / "recorded.json").write_text('{"ours": {"day 1": 1.0}}')
    monkeypatch.setattr(gate, "RECORDED", tmp_path / "recorded.json")
    left = [{"ours": {"day 1": ratio}} for ratio in measured]
    monkeypatch.setattr(gate, "measure", lambda: left.pop(0))
    assert gate.gate(record=False) == code
    assert left == []


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
        grown = [each for each in costs if each > 1.1 * costs[0]]
        assert found is None if len(grown) < 2 else found == pytest.approx(power)


def test_a_cost_that_grows_with_the_square_is_seen_and_noise_is_no_growth():
    sizes = [8, 32, 128, 512]
    assert exponent(sizes, [30 + size * size / 100 for size in sizes]) == pytest.approx(2, abs=0.2)
    assert exponent(sizes, [30.0, 31.5, 29.0, 32.5]) is None
    assert exponent(sizes, [30.0, 80.0, 60.0, 40.0]) is None
    assert exponent(sizes, [30.0, 29.0, 29.5, 40.0]) is None, "one size above the fixed part makes no line"


def test_of_a_cost_that_rises_at_the_largest_size_alone_the_least_exponent_is_told():
    sizes = [8, 32, 128, 512]
    square = [30 + size * size / 6000 for size in sizes]
    assert exponent(sizes, square) is None
    assert 1.8 < least_exponent(sizes, square) <= 2.01
    for costs in ([30.0, 31.0, 29.0, 32.0], [30.0, 40.0, 60.0, 90.0], [30.0, 60.0, 30.0, 30.0]):
        assert least_exponent(sizes, costs) is None


def test_targets_say_what_was_measured_and_whether_that_is_enough():
    days = {"day 1": [cost(2)], "day 2": [cost(1)], "day 3": [cost(1)]}
    ours = {"day 1": [cost(3)], "day 2": [cost(1.6)], "day 3": [cost(1)]}
    figures = {"limit": days, "ours": ours}
    runners = {"5000000": {"machine": MACHINE, "rounds": 1, "figures": figures}}
    size = {"encounters": 100_000, "history": 5_000_000, "days": 60}
    split = {
        "machine": MACHINE,
        "rounds": 3,
        "size": size,
        "costs": {"daily deliveries": [cost(3)], "one delivery": [cost(2)]},
    }
    idle = {
        "machine": {**MACHINE, "busy": 0.5},
        "rounds": 3,
        "size": size,
        "costs": {name: [cost(0.02)] for name in ("status again", "help", "completion")},
    }
    idle["costs"] |= {"nothing new": [cost(1)], "imports": [cost(4)]}
    memory = {
        "machine": MACHINE,
        "rounds": 3,
        "size": {"history": 5_000_000},
        "memory_limit": "650MB",
        "costs": {"day 1 in little memory": [cost(3)], "day 2 in little memory": [cost(2) | {"memory": 1300}] * 3},
    }
    scenarios = {"split": split, "idle": idle, "memory": memory}
    judged = {(each.what, each.over): each for each in targets.targets(runners, scenarios)}

    verdicts = {key: each.verdict for key, each in judged.items()}
    assert verdicts["5,000,000 encounters, day 1", "limit"] == "met"
    assert verdicts["5,000,000 encounters, day 2", "limit"] == "not met"
    assert verdicts["1,000,000 encounters, day 1", "usual"] == "not measured"
    assert verdicts["peak memory, 5,000,000 encounters, DuckDB given 650MB and one model at a time", ""] == "not met"
    assert verdicts["daily deliveries", "one delivery"] == "met at days 60"
    assert verdicts["half dirty", "clean"] == "not measured"
    assert (verdicts["nothing new", "imports"], verdicts["status again", ""]) == ("met, beside other work",) * 2
    assert judged["5,000,000 encounters, day 2", "limit"].wall == pytest.approx(1.6)


@pytest.mark.parametrize(("versions", "keys"), [(1, 640), (4, 160), (64, 10)])
def test_each_key_comes_so_often_in_as_many_rows_and_files(tmp_path, versions, keys):
    growth_deliveries.write_versions(640, versions, tmp_path)
    files = sorted((tmp_path / "icon_health").iterdir())
    rows = [tuple(row.values()) for file in files for row in csv.DictReader(file.read_text().splitlines())]
    assert (len(files), len(rows), len(set(rows))) == (64, 640, 640)
    assert {count for count in Counter(key for key, *_ in rows).values()} == {versions}
    assert len({key for key, *_ in rows}) == keys


def test_the_same_rows_come_in_more_files_and_on_more_days(tmp_path):
    for name, write in (("files", growth_deliveries.write_files), ("days", growth_deliveries.write_days)):
        for number in (1, 7):
            write(PLAN, number, tmp_path / f"{name}{number}")
    texts = {}
    for folder in tmp_path.iterdir():
        files = sorted((folder / "icon_health").iterdir())
        assert len(files) == int(folder.name[-1])
        texts[folder.name] = sorted(line for file in files for line in file.read_text().splitlines()[1:])
    keys = {name: [line.split(",")[0] for line in lines] for name, lines in texts.items()}
    assert keys["files1"] == keys["files7"] == keys["days1"] == keys["days7"]


MACHINE = {"cores": 2, "memory": 8.0, "python": "3", "duckdb": "2", "dagster": "1", "dbt-core": "1", "busy": 0.02}


@pytest.fixture
def written_up(tmp_path, monkeypatch):
    """Writes results, and gives the document that they come to."""
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(write_up, "DOCUMENT", tmp_path / "performance.md")
    monkeypatch.setattr(write_up, "IMAGES", tmp_path)

    def write(**named):
        for name, result in named.items():
            results.write(name.replace("_", "-"), {"machine": MACHINE, **result})
        (tmp_path / "performance.md").write_text(f"Before.\n{write_up.BEGIN}\nstale\n{write_up.END}\nAfter.\n")
        write_up.write_up()
        return (tmp_path / "performance.md").read_text()

    return write


def test_the_document_tells_ratios_over_each_other_way_and_a_chart_of_each_size(written_up, tmp_path):
    figures = {name: {"day 1": [cost(cpu)] * 3} for name, cpu in (("limit", 1), ("ours", 6), ("usual", 12))}
    told = written_up(runners_1000={"encounters": 1000, "dirty": 1, "rounds": 3, "figures": figures})
    assert told.startswith("Before.") and told.endswith("After.\n") and "stale" not in told
    assert "| usual Dagster + dbt | 0.50 | 0.50 |" in told
    assert "| healthcare_elt in full | 6.0 (±0 %); 6.0 s | 100 MB |" in told
    assert "images/performance-1000.svg" in told
    assert (tmp_path / "performance-1000.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("rounds", "busy", "warns"),
    [(3, 0.02, ()), (1, 0.02, ("So few",)), (3, 0.3, ("Other work",)), (2, 0.3, ("So few", "Other"))],
)
def test_the_document_claims_no_more_than_rounds_and_machine_allow(written_up, rounds, busy, warns):
    costs = {"clean": [cost(1)] * rounds, "half dirty": [cost(1.5)] * rounds}
    size = {"encounters": 100_000, "history": 2000, "days": 3}
    machine = {**MACHINE, "busy": busy}
    told = written_up(scenario_dirty={"machine": machine, "rounds": rounds, "size": size, "costs": costs})
    assert (
        "| half of the rows bad over none of them bad | 2 × | 1.50 × | 1.50 × "
        f"| {rounds} | met{', beside other work' if busy > 0.1 else ''} |"
    ) in told
    assert "2 cores, 8.0 GB, python 3, duckdb 2" in told
    assert [words for words in ("So few", "Other work ran") if words in told] == [
        words for words in ("So few", "Other work ran") if any(words.startswith(warned) for warned in warns)
    ]


def test_the_document_names_what_grows_with_more_than_the_size(written_up):
    sizes = (10, 40, 160, 640)
    points = [{"size": size, "figures": {"linear": 5 + size, "squared": 5 + size * size}} for size in sizes]
    told = written_up(growth_history={"points": points})
    assert "- history: squared, 1.8" in told
    assert "| linear | 15.00 | 45.00 | 165 | 645 | 1.00 |" in told
    assert "history: linear" not in told


def test_the_document_is_what_the_recorded_results_come_to(tmp_path, monkeypatch):
    document, images = write_up.DOCUMENT, write_up.IMAGES
    monkeypatch.setattr(write_up, "DOCUMENT", tmp_path / "performance.md")
    monkeypatch.setattr(write_up, "IMAGES", tmp_path)
    write_up.DOCUMENT.write_text(document.read_text())
    write_up.write_up()
    assert write_up.DOCUMENT.read_text() == document.read_text()
    for drawn in tmp_path.glob("*.svg"):
        assert drawn.read_text() == (images / drawn.name).read_text()


@pytest.mark.parametrize(
    "less",
    [{"rounds": 1}, {"figures": {"limit": {}}}, {"size": {"encounters": 2000}}, {"points": [{"size": 4}, {"size": 8}]}],
    ids=lambda less: next(iter(less)),
)
def test_what_is_recorded_is_not_replaced_by_less(less, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    recorded = {"rounds": 5, "figures": {"limit": {}, "ours": {}}, "size": {"encounters": 100_000}}
    recorded["points"] = [{"size": 8}, {"size": 64}]
    told = []
    results.write("runners-1000", recorded)
    results.write("runners-1000", recorded | less, lambda words, flush: told.append(words))
    assert results.read("runners") == {"1000": recorded}
    assert told == ["Less than what is recorded, so it is in results/less/runners-1000.json."]
    again = recorded | {"figures": {"limit": {}, "ours": {"day 1": []}}}
    results.write("runners-1000", again)
    assert results.read("runners") == {"1000": again}


def test_ci_runs_the_gate_when_the_tests_are_over():
    steps = (Path(__file__).parents[2] / ".ci" / "run").read_text().splitlines()
    assert steps.index("make bench-gate") == steps.index("make test") + 1


@pytest.mark.parametrize("command", ["runners", "scenarios"])
def test_no_round_is_refused_in_a_sentence(command):
    arguments = [sys.executable, "-m", "benchmarks", command, "--rounds", "0"]
    done = subprocess.run(arguments, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--rounds must be at least 1: without a round nothing is measured" in done.stderr


def test_a_flame_graph_folds_frames_of_a_package_and_shows_each_box_as_wide_as_its_share():
    frames = ["run (healthcare_elt/cli/run.py:3)", "work (healthcare_elt/cli/working.py:9)", "call (contextlib.py:1)"]
    frames += ["invoke (dbt/cli/main.py:2)", "<module> (dagster_dbt/core.py:1)"]
    assert folded(frames) == ["healthcare_elt: run", "dbt: invoke", "import dagster_dbt"]
    drawn = flame("A < B", [("first", frames, 3), ("second", frames[:1], 1)])
    boxes = re.findall(r"<title>([^<]+), ([\d.]+)%</title><rect .*?width=\"([\d.]+)\"", drawn)
    shares = {(name, float(share)) for name, share, _ in boxes}
    assert shares == {
        ("first", 75.0),
        ("healthcare_elt: run", 75.0),
        ("dbt: invoke", 75.0),
        ("import dagster_dbt", 75.0),
        ("second", 25.0),
        ("healthcare_elt: run", 25.0),
    }
    assert {float(share): float(width) for _, share, width in boxes} == {75.0: 899.5, 25.0: 299.5}
    assert "A &lt; B" in drawn


def test_a_stack_belongs_to_the_first_part_that_knows_one_of_its_frames():
    outer, inner = "core_execute_in_process (dagster/x.py:1)", "SqliteStorage.store_event (dagster/y.py:2)"
    assert part_of([outer, inner]) == ("Dagster: storing events", [inner])
    assert part_of([outer]) == ("Dagster: executing", [outer])
    assert part_of(["main (somewhere.py:1)"]) == ("everything else", ["main (somewhere.py:1)"])
