"""dbt on Snowflake makes what it makes on DuckDB: the same bronze on both, and every table behind it compared.

Here belongs dbt alone: bronze is copied, not loaded. The server is an emulator, which shows that the SQL is
taken and what comes of it on DuckDB's engine; tests/emulators says what it gets wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from snowflake_tables import copy_bronze, differences

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.sample import write_sample
from healthcare_elt.settings import Settings
from healthcare_elt.settings_snowflake import load_snowflake_settings
from healthcare_elt.snowflake.classes import planned_classes
from healthcare_elt.snowflake.difference import Difference, asking
from healthcare_elt.snowflake.verify_models import model_differences
from healthcare_elt.transform.build import build
from healthcare_elt.transform.project import dbt_arguments, dbt_vars, export_environment
from healthcare_elt.transform.state import Outstanding, outstanding

DATABASE = "HEALTHCARE_ELT_DBT"
SALT = "a salt that only the tests use"
BATCHES = (("2026-01-02", "2026-01-03"), ("2026-01-05", "2026-01-04"), ("2026-01-06", "2026-01-07", "2026-01-08"))
"""Days of the sample in the order in which they are delivered; a few are late."""


@pytest.fixture(scope="module")
def account(snowflake_server: Any) -> Iterator[Any]:
    """A connection to a database of this module's own."""
    with snowflake_server.connect() as connection:
        for made in (f"database if not exists {DATABASE}", f"schema {DATABASE}.META", f"tag {DATABASE}.META.PHI"):
            connection.cursor().execute(f"create {made}")
    with snowflake_server.connect(database=DATABASE) as connection:
        yield connection


@pytest.fixture
def cloud(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, snowflake_server: Any) -> Settings:
    """Settings of a home whose target is Snowflake."""
    for name, value in (snowflake_server.settings | {"SNOWFLAKE_DATABASE": DATABASE}).items():
        monkeypatch.setenv(name, value)
    return Settings(home=tmp_path_factory.mktemp("cloud"), target="snowflake", pseudonym_salt=SALT)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    write_sample(folder, tmp_path / "truth.json", patients=300)
    return folder


def deliver(home: Home, files: list[Path], sample: Path) -> Outstanding:
    """Land, load and transform on DuckDB; what there was to do, for the other side to do the same."""
    for file in files:
        place = home.settings.inbox / file.relative_to(sample)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    land_deliveries(home, run_id="test")
    load_deliveries(home, run_id="test")
    with home.warehouse() as warehouse:
        warehouse.prepare(home.contracts)
        todo = outstanding(home.settings, warehouse, home.contracts)
    list(transform(home, run_id="test"))
    return todo


def compare(home: Home, account: Any, when: str, capsys: pytest.CaptureFixture) -> None:
    found, tables, rows = differences(home.settings.warehouse, account)
    with capsys.disabled():
        print(f"\n{when}: {tables} tables with {rows} rows compared")
    assert not found, "\n".join(found)
    assert tables > 60 and rows > 20000


def test_a_week_in_three_batches_and_a_full_refresh_are_the_same_on_both_row_for_row(
    home: Callable[..., Home], cloud: Settings, account: Any, sample: Path, capsys: pytest.CaptureFixture
) -> None:
    here = home()
    files = sorted(path for path in sample.rglob("*") if path.is_file())
    for days in BATCHES:
        mine = [file for file in files if any(day in file.name for day in days)]
        todo = deliver(here, mine, sample)
        copy_bronze(here.settings.warehouse, account)
        list(build(cloud, select=todo.select(), exclude=todo.exclude()))
        compare(here, account, f"after {', '.join(days)}", capsys)
    list(build(cloud, exclude=todo.exclude(), full_refresh=True))
    compare(here, account, "after a full refresh", capsys)


def differing_classes(account: Any, settings: Settings) -> list[Difference]:
    snowflake = load_snowflake_settings(settings)
    with account.cursor() as cursor:
        planned = planned_classes(Home(settings).contracts, settings.dbt_project)
        return list(model_differences(asking(cursor, snowflake), snowflake, planned))


def test_every_column_is_under_its_class_and_a_table_is_classed_when_it_is_made_alone(
    cloud: Settings, account: Any, snowflake_server: Any
) -> None:
    """After the test above, whose tables and views are there."""
    assert differing_classes(account, cloud) == []
    account.cursor().execute(f"alter table {DATABASE}.GOLD.FCT_ENCOUNTER modify column PATIENT_ID unset tag META.PHI")
    account.cursor().execute(f"alter table {DATABASE}.GOLD.FCT_ENCOUNTER modify column CPT set tag META.PHI = 'none'")
    snowflake_server.clear_journal()
    list(build(cloud, select=["fct_encounter", "icon_health__patients", "patient_history"]))
    assert classing(snowflake_server) == []
    list(build(cloud, select=["fct_encounter", "patient_history"], full_refresh=True))
    assert classing(snowflake_server) == ["GOLD.FCT_ENCOUNTER", "GOLD.PATIENT_HISTORY"]
    assert differing_classes(account, cloud) == []


def classing(server: Any) -> list[str]:
    """The tables whose columns were classed by a statement of its own, in order of their names."""
    found = (
        re.match(rf"alter table {DATABASE}\.(\S+) modify column .* set tag ", entry["statement"], re.I)
        for entry in server.journal()
    )
    return sorted(match[1].upper() for match in found if match)


def test_every_unit_test_passes_on_snowflake_too(cloud: Settings, account: Any) -> None:
    """After the test above: dbt takes the columns of their inputs from tables that exist."""
    _dbt(cloud, "run", "--select", "history_example_versions")
    outcomes = _dbt(cloud, "test", "--select", "test_type:unit")
    assert len(outcomes) > 15
    assert {name: outcome for name, outcome in outcomes.items() if outcome not in ("pass", "success")} == {}


def _dbt(settings: Settings, *command: str) -> dict[str, str]:
    export_environment(settings)
    variables = json.dumps(dbt_vars(settings) | {"unit_tests": True})
    invocation = dbtRunner().invoke(["--quiet", *command, *dbt_arguments(settings), "--vars", variables])
    assert invocation.exception is None
    return {result.node.unique_id: str(result.status) for result in invocation.result.results}
