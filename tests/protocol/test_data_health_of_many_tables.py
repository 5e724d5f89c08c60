"""Data health is made of a few source tables at a time, and comes to the same as made of all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from example import COLUMNS, CONTRACT, Example, MakeExample
from live_places import Account, point_to
from snowflake_places import opened, prepared, working
from snowflake_tables import copy_bronze, differences

from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import Settings
from healthcare_elt.transform.build import build
from healthcare_elt.transform.pseudonyms import keep_pseudonym_salt

TABLES = 25
"""More than are taken at a time."""
MADE = ("delivery_profiles", "delivery_shares", "delivery_expectations", "data_drift")


def systems(tables: int) -> list[str]:
    return ["plan", *(f"s{number:02}" for number in range(1, tables))]


def with_tables(plan: Example, tables: int) -> None:
    project = plan.project / "dbt_project.yml"
    settings = yaml.safe_load(project.read_text())
    for system in systems(tables)[1:]:
        plan.source(system, "members", COLUMNS, CONTRACT)
        settings["vars"]["source_tables"].append([system, "members"])
    project.write_text(yaml.safe_dump(settings))
    plan.home = Home(plan.home.settings)


def deliver(inbox: Path, tables: int, day: int) -> None:
    for system in systems(tables):
        folder = inbox / system
        folder.mkdir(parents=True, exist_ok=True)
        rows = "".join(f"{key},{system}{key % day}\n" for key in range(20))
        (folder / f"members_2026-01-{day:02}.csv").write_text(f"id,value\n{rows}")


def made(plan: Example) -> dict[str, list[tuple]]:
    return {table: plan.rows(f"select * from curated.{table} order by all") for table in MADE}


def at_a_time(plan: Example, tables: int) -> None:
    macros = plan.project / "macros" / "health" / "by_delivery.sql"
    macros.write_text(macros.read_text().replace("{{ return(20) }}", f"{{{{ return({tables}) }}}}"))


def test_few_tables_at_a_time_come_to_the_same_as_all_at_once(make_example: MakeExample) -> None:
    plan = make_example("many")
    with_tables(plan, TABLES)
    for day in (2, 3, 4, 5):
        deliver(plan.home.settings.inbox, TABLES, day)
        if day != 3:  # two days in one run
            plan.run()
    few = made(plan)
    assert {row[0] for row in few["delivery_profiles"]} == set(systems(TABLES))
    plan.transform(full_refresh=True)
    assert made(plan) == few
    at_a_time(plan, 1000)
    plan.run()
    assert made(plan) == few


def test_on_snowflake_one_table_at_a_time_comes_to_the_same(
    make_example: MakeExample, account: Account, own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = make_example("three_on_snowflake")
    with_tables(plan, 3)
    at_a_time(plan, 1)
    snowflake = prepared(account, own_database, [], None)
    point_to(monkeypatch, account, snowflake.database)
    cloud = Settings(home=tmp_path, target="snowflake", pseudonym_salt=plan.home.settings.pseudonym_salt)
    with opened(snowflake, cloud.data, has_stage=False) as warehouse:
        keep_pseudonym_salt(warehouse, cloud)
    for day in (2, 3):
        deliver(plan.home.settings.inbox, 3, day)
        plan.run()
        with working(snowflake, "loader") as connection:
            copy_bronze(plan.home.settings.warehouse, connection)
        list(build(cloud))
        with working(snowflake, "transformer") as connection:
            found, _, _ = differences(plan.home.settings.warehouse, connection)
        assert found == []
    assert {row[0] for row in made(plan)["delivery_profiles"]} == set(systems(3))
