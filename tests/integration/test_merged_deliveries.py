"""Masses of small deliveries that are merged for their load are the same in Snowflake as if each had come alone.

Here four are a mass, and a few hundred bytes small: the bounds of the product would take minutes. The tests share a
home, and each delivers for a month of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from aws_server import AwsServer
from cloud_places import COPY_OF_LANDING, MakeHome, cloud_home, snowflake_over
from snowflake_server import SnowflakeServer

from healthcare_elt.capacity import Deliveries, counts
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.warehouse import LoadError, batches, snowflake_merge

TABLE = "icon_health.patients"
HEADER = "patient_id,gender,birth_date\n"
GOOD = "P1,F,1980-01-01\nP0,M,1970-01-01\n"
MANY, SMALL = 4, 400
FROM_LANDING = re.escape(COPY_OF_LANDING)
FROM_MERGED = r"select \$1:c1"
ASKED_AGAIN = r"^put 'file://\w"
"""The emulator's stages pose as those of another cloud, where the connector asks twice for each PUT."""


@pytest.fixture(scope="module")
def server(aws_server: AwsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeServer]:
    with snowflake_over(aws_server, tmp_path_factory.mktemp("snowflake")) as server:
        yield server


@pytest.fixture(scope="module")
def cloud(aws_server: AwsServer, server: SnowflakeServer, module_home: MakeHome) -> Iterator[Home]:
    with pytest.MonkeyPatch.context() as environment:
        yield cloud_home(module_home, environment, aws_server, server, [TABLE], settle_seconds=0)


@pytest.fixture(autouse=True)
def few_are_many(server: SnowflakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (snowflake_merge, counts):
        monkeypatch.setattr(module, "MANY_FILES", MANY)
        monkeypatch.setattr(module, "SMALL_BYTES", SMALL)
    server.clear_journal()


def deliver(home: Home, month: int, day: int, rows: str = GOOD, header: str = HEADER) -> None:
    folder = home.settings.inbox / "icon_health"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"patients_2026-{month:02}-{day:02}.csv").write_text(f"{header}{rows}")


def load(home: Home, **options: Any) -> list[str]:
    """What is new is landed and loaded; the names of its deliveries."""
    land_deliveries(home, run_id="land")
    return sorted(delivery.name for delivery, _ in load_deliveries(home, run_id="load", **options).loaded)


def bronze(home: Home, month: int) -> dict[str, list[dict[str, Any]]]:
    """Rows, rejects and load log of a month, but for the moment and the run of the load, and the arrival's number."""
    order = {
        "bronze.icon_health__patients": "_delivery_date, _row_number",
        "bronze.icon_health__patients__rejects": "_delivery_date, _line_number",
        "meta.load_log": "delivery_date",
    }
    found = {}
    with home.warehouse() as warehouse:
        for table, by in order.items():
            rows = warehouse.rows(f"select * from {table} where month({by.split(',')[0]}) = ? order by {by}", [month])
            changing = ("_loaded_at", "loaded_at", "run_id", "_arrival", "arrival")
            found[table] = [{name: row[name] for name in row if name not in changing} for row in rows]
    return found


def sent(server: SnowflakeServer, pattern: str = "") -> list[str]:
    return [entry["statement"] for entry in server.journal() if re.search(pattern, entry["statement"])]


def test_merged_deliveries_are_as_if_each_had_come_alone(
    cloud: Home, server: SnowflakeServer, aws_server: AwsServer, home: MakeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver_all(into: Home) -> None:
        for day in (1, 2, 3):
            deliver(into, 1, day)
        deliver(into, 1, 4, 'P4,F,1980-01-01\nP5,F\nP6,"F ""x""\nand y",\n\nP7,M,1970-01-01,more\n')
        deliver(into, 1, 5, "")
        deliver(into, 1, 6, f"P8,F,1980-01-01\n{HEADER}P9,F,1980-01-01\n")
        deliver(into, 1, 7, "P1,F,1980-01-01\n" * 100)
        deliver(into, 1, 8, "P8,F,1980-01-01,60\n", header="patient_id,gender,birth_date,weight\n")

    deliver_all(cloud)
    assert len(load(cloud)) == 8
    assert [statement.count("'raw/") for statement in sent(server, FROM_LANDING)] == [1, 1]
    assert len(sent(server, FROM_MERGED)) == 1
    merged = bronze(cloud, 1)

    monkeypatch.setattr(snowflake_merge, "MANY_FILES", 1000)
    with pytest.MonkeyPatch.context() as environment:
        alone = cloud_home(home, environment, aws_server, server, [TABLE], settle_seconds=0)
        deliver_all(alone)
        assert len(load(alone)) == 8
        assert len(sent(server, FROM_LANDING)) == 2
        unmerged = bronze(alone, 1)
    for log in (merged["meta.load_log"], unmerged["meta.load_log"]):
        for entry in log:  # they hold the moments at which the files of the two inboxes were written
            del entry["details"], entry["modified_ns"]
    assert merged == unmerged
    assert len(merged["bronze.icon_health__patients__rejects"]) == 3


def test_a_replayed_delivery_takes_the_place_of_its_own_rows_alone(cloud: Home, server: SnowflakeServer) -> None:
    for day in (1, 2, 3, 4):
        deliver(cloud, 2, day)
    load(cloud)
    before = bronze(cloud, 2)
    server.clear_journal()
    assert load(cloud, dates={date(2026, 2, 2)}, again=True) == ["patients_2026-02-02.csv"]
    assert [len(sent(server, pattern)) for pattern in (FROM_LANDING, FROM_MERGED)] == [1, 0]
    assert bronze(cloud, 2) == before


@pytest.mark.parametrize(
    ("month", "statement", "fault"),
    [
        (3, "^put ", "truncate"),
        (4, r"copy into META\.STAGED", "timeout"),
        (5, "insert into BRONZE", "expired"),
        (6, "^commit", "truncate"),
    ],
)
def test_a_merged_load_that_breaks_off_is_finished_by_the_next_run_with_nothing_twice(
    cloud: Home, server: SnowflakeServer, month: int, statement: str, fault: str
) -> None:
    for day in (1, 2, 3, 4):
        deliver(cloud, month, day)
    server.fault(statement, fault)
    with pytest.raises(LoadError, match=r"and 3 more is not loaded: "):
        load(cloud)
    server.clear_faults()
    load(cloud)
    assert [len(rows) for rows in bronze(cloud, month).values()] == [8, 0, 4]


def test_as_many_statements_and_files_as_the_plan_of_capacity_says(
    cloud: Home, server: SnowflakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (batches, counts):
        monkeypatch.setattr(module, "MOST_DELIVERIES", 5)
    deliver(cloud, 7, 1)
    load(cloud)  # so that there are tables, and what the load log says of them is known
    server.clear_journal()
    for day in range(1, 8):
        deliver(cloud, 8, day)
    deliver(cloud, 8, 8, "P1,F,1980-01-01\n" * 100)
    assert len(load(cloud)) == 8
    kilobytes = len(f"{HEADER}{GOOD}") / 1e3
    planned = counts.count(
        Deliveries(
            gigabytes_per_day=1e-3,
            files_per_day=8,
            small_files_percent=100 * 7 / 8,
            small_file_kilobytes=kilobytes,
            tables=1,
        )
    )
    assert len(sent(server)) - len(sent(server, ASKED_AGAIN)) == planned.statements
    assert len(sent(server, "copy into")) == planned.copies == planned.files_after_merging == 3
    assert planned.files_merged == 7
    assert planned.merged_file_megabytes * 1e3 == pytest.approx(7 * kilobytes / len(sent(server, FROM_MERGED)))
