"""What `plan-capacity` says, beside the counts that the emulators are asked about."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.main import get_command
from typer.testing import CliRunner

from healthcare_elt.capacity import Deliveries, Plan, Prices, Rates, compute, plan_capacity
from healthcare_elt.capacity.clustering import CLUSTERED
from healthcare_elt.capacity.counts import count, landing_writes
from healthcare_elt.cli.app import app
from healthcare_elt.settings import PROJECT_ROOT

GOLD = PROJECT_ROOT / "dbt_project" / "models" / "gold"
LARGE = Deliveries(gigabytes_per_day=1000, files_per_day=5000, tables=10)
OPTIONS = [option.opts[0] for option in get_command(app).commands["plan-capacity"].params]
NUMBERS = [option for option in OPTIONS if option != "--json"]


def plan(deliveries: Deliveries, window_hours: float = 4, rates: Rates | None = None) -> Plan:
    return plan_capacity(deliveries, Prices(), rates or Rates(), window_hours)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["plan-capacity", *arguments])


def said(*arguments: str) -> str:
    result = command(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    """The words of a usage error, without the box around them."""
    result = command(*arguments)
    assert result.exit_code == 2, result.output
    return " ".join(result.output.replace("│", " ").split())


def test_the_example_of_the_documentation_is_what_the_command_says() -> None:
    document = (PROJECT_ROOT / "docs" / "capacity.md").read_text()
    [(command, example)] = re.findall(r"^\$ healthcare-elt plan-capacity (.*)\n((?s:.*?))^```", document, re.MULTILINE)
    output = said(*shlex.split(command))
    assert [line.rstrip() for line in output.strip("\n").splitlines()] == example.rstrip("\n").splitlines()


def test_it_needs_no_home_and_its_json_has_all_that_it_rests_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(tmp_path / "nowhere"))
    told = json.loads(said("--files-per-day", "7000", "--dollars-per-credit", "2", "--json"))
    assert told["deliveries"]["files_per_day"] == told["counts"]["files_before_merging"] == 7000
    assert told["dollars"]["compute"] == pytest.approx(2 * told["compute"]["credits_per_day"])
    assert told["rates"]["file_seconds"] == Rates().file_seconds


def test_more_bytes_in_small_files_than_in_all_are_refused_with_a_sentence() -> None:
    words = refused("--gigabytes-per-day", "1", "--files-per-day", "1000000", "--small-files-percent", "90")
    assert "more than all files together" in words


def test_fewer_bytes_in_small_files_than_in_all_are_refused_where_all_are_small() -> None:
    words = refused("--gigabytes-per-day", "10", "--files-per-day", "10", "--small-files-percent", "100")
    assert "hold 0.0002 of 10 GB" in words
    assert "--gigabytes-per-day" in words
    said("--gigabytes-per-day", "0.0002", "--files-per-day", "10", "--small-files-percent", "100")


def test_more_runs_that_find_something_new_than_files_are_refused() -> None:
    assert "--runs-per-day" in refused("--files-per-day", "10", "--runs-per-day", "11")
    said("--files-per-day", "10", "--runs-per-day", "10")


@pytest.mark.parametrize("text", ["nan", "inf", "1e308", "-1", "abc"])
def test_what_is_no_number_of_use_is_refused_with_what_to_give_and_makes_no_home(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(tmp_path / "nowhere"))
    for option in NUMBERS:
        sentence = rf"Invalid value for '{option}': '{text}' does not fit; give a (whole )?number from "
        assert re.search(sentence, refused(option, text))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("end", [1, 2], ids=["least", "most"])
def test_the_least_and_the_most_that_each_option_takes_make_a_plan(end: int) -> None:
    for option in NUMBERS:
        limit = re.search(r"number from (\S+) to ([\d,]+)", refused(option, "nan"))[end].replace(",", "")
        result = command(option, limit)
        assert result.exception is None or "correct" in result.output, f"{option} {limit}: {result.output}"


def test_help_shows_every_option_whole_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    output = said("--help")
    assert [option for option in OPTIONS if f" {option} " not in output] == []


def test_the_clustering_keys_are_those_of_the_models() -> None:
    found = {
        path.stem: key for path in GOLD.rglob("*.sql") for key in re.findall(r"cluster_by=\['(.*)'\]", path.read_text())
    }
    assert found == CLUSTERED


def test_clustering_is_for_tables_of_a_terabyte_and_more() -> None:
    assert plan(replace(LARGE, keep_days=1)).clustering.startswith("None yet")
    assert "fct_encounter by encounter_date" in plan(replace(LARGE, keep_days=100)).clustering


def test_a_start_of_a_warehouse_is_charged_with_a_minute_at_least_and_its_idle_time() -> None:
    assert compute.credits(0, "XSMALL") == compute.LEAST_SECONDS / 3600
    assert compute.credits(1, "MEDIUM") == pytest.approx(4 * (1 + compute.AUTO_SUSPEND_SECONDS / 3600))


@pytest.mark.parametrize("hours", [compute.load_hours, compute.transform_hours], ids=["loading", "transforming"])
def test_no_size_takes_longer_than_a_smaller_one(hours: object) -> None:
    taken = [hours(LARGE, Rates(), size) for size in compute.SIZES]
    assert taken == sorted(taken, reverse=True)


def test_the_cheapest_sizes_that_end_within_the_window_are_chosen() -> None:
    wide, narrow = plan(LARGE, window_hours=24), plan(LARGE, window_hours=8)
    assert wide.is_in_time and narrow.is_in_time
    assert wide.compute.credits_per_day < narrow.compute.credits_per_day
    assert narrow.compute.hours <= 8 < wide.compute.hours <= 24


def test_landing_that_takes_too_long_is_divided_over_homes_and_said_first() -> None:
    divided = plan(LARGE, window_hours=1)
    assert divided.compute.homes > 1
    assert divided.compute.landing_hours <= 0.5
    assert "divide the source systems" in divided.change_first[0]
    assert plan(LARGE, window_hours=24).compute.homes == 1


def test_there_are_no_more_homes_than_files_to_divide() -> None:
    assert plan(replace(LARGE, files_per_day=3), window_hours=1).compute.homes == 3
    assert plan(replace(LARGE, files_per_day=1), window_hours=1).compute.homes == 1


def test_dollars_and_counts_are_those_of_all_homes_that_are_advised() -> None:
    divided = plan(LARGE, window_hours=1)
    used = divided.compute
    of_a_home = compute.credits(used.load_hours, used.load_size)
    of_a_home += compute.credits(used.transform_hours, used.transform_size)
    assert used.credits_per_day == pytest.approx(used.homes * of_a_home)
    assert used.transform_hours == pytest.approx(
        compute.transform_hours(LARGE, Rates(), used.transform_size) / used.homes
    )
    assert divided.counts.statements > plan(LARGE, window_hours=24).counts.statements
    words = said("--gigabytes-per-day", "1000", "--files-per-day", "5000", "--tables", "10", "--window-hours", "1")
    assert f"{used.load_size} in each of {used.homes} homes" in words


def test_the_price_of_storage_and_of_all_say_that_they_are_reached_at_the_end_of_the_days_kept() -> None:
    words = said("--keep-days", "30")
    assert "storage, once 30 days are kept" in words
    assert "all, once 30 days are kept" in words


def test_copies_do_not_outnumber_files() -> None:
    one = plan(Deliveries(gigabytes_per_day=0.1, files_per_day=1, tables=100, headers_per_table=2))
    assert one.counts.copies == 1
    assert one.counts.statements == 9 + 5 + 10
    assert one.compute.load_hours < 0.01
    often = count(Deliveries(files_per_day=100, tables=24, runs_per_day=24))
    assert often.copies == 100


def test_a_short_time_is_said_in_seconds_and_minutes() -> None:
    assert "one process 92 seconds of a run" in said("--gigabytes-per-day", "5.2", "--window-hours", "0.01")
    assert "widen the window of 30 minutes" in said("--statement-seconds", "30", "--window-hours", "0.5")


def test_what_does_not_end_in_any_size_is_said() -> None:
    slow = plan(LARGE, rates=Rates(statement_seconds=600))
    assert not slow.is_in_time
    assert any("on the sizes that are fastest" in sentence for sentence in slow.change_first)


@pytest.mark.parametrize(
    ("deliveries", "window_hours", "rates", "way"),
    [
        (replace(LARGE, gigabytes_per_day=1e6), 1, Rates(), "no window is long enough"),
        (Deliveries(), 1, Rates(statement_seconds=30), "widen the window of 60 minutes, or run more often"),
        (replace(LARGE, runs_per_day=24), 1, Rates(statement_seconds=30), "run less often, and widen the window"),
        (replace(LARGE, runs_per_day=24), 4, Rates(statement_seconds=3), "run less often, or shorten the window"),
    ],
    ids=["too much", "too short", "too often", "too small"],
)
def test_one_way_out_is_named_of_runs_that_take_too_long(
    deliveries: Deliveries, window_hours: float, rates: Rates, way: str
) -> None:
    told = [each for each in plan(deliveries, window_hours, rates).change_first if "window" in each or "often" in each]
    assert len(told) == 1, told
    assert way in told[0]


@pytest.mark.parametrize(
    ("deliveries", "advice"),
    [
        (replace(LARGE, files_per_day=10), "split them into files"),
        (Deliveries(gigabytes_per_day=0.01, files_per_day=100, runs_per_day=24, keep_days=1), "run less often"),
        (
            Deliveries(files_per_day=9000, small_files_percent=90, small_file_kilobytes=1, runs_per_day=24),
            "are not merged",
        ),
        (replace(LARGE, keep_days=3650), "colder class"),
    ],
    ids=["large files", "many runs", "small files", "storage"],
)
def test_what_stands_out_is_said_with_the_way_out_of_it(deliveries: Deliveries, advice: str) -> None:
    assert any(advice in sentence for sentence in plan(deliveries, window_hours=24).change_first)


def test_an_ordinary_day_needs_no_advice() -> None:
    assert plan(Deliveries(keep_days=30)).change_first == []


def test_a_delivery_of_more_than_a_part_goes_up_in_parts() -> None:
    assert [landing_writes(megabytes * 2**20) for megabytes in (1, 8, 9, 80)] == [2, 2, 5, 13]
