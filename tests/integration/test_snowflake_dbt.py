"""dbt on Snowflake makes what it makes on DuckDB: the same bronze on both, and every table behind it compared.

Here belongs dbt alone: bronze is copied, not loaded. An emulator shows that the SQL is taken and what comes of it on
DuckDB's engine; tests/emulators says what it gets wrong. With `--live` it is the account of the environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from live_places import Account, point_to
from snowflake_places import administered, opened, prepared, working
from snowflake_server import ON_EMULATORS, SnowflakeServer
from snowflake_tables import copy_bronze, differences

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.sample import write_sample
from healthcare_elt.settings import Settings
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.classes import planned_classes
from healthcare_elt.snowflake.difference import Difference, asking
from healthcare_elt.snowflake.verify_models import model_differences
from healthcare_elt.transform.build import build
from healthcare_elt.transform.project import dbt_arguments, dbt_vars, export_environment
from healthcare_elt.transform.pseudonyms import keep_pseudonym_salt
from healthcare_elt.transform.state import Outstanding, outstanding

SALT = "a salt that only the tests use"
BATCHES = (("2026-01-02", "2026-01-03"), ("2026-01-05", "2026-01-04"), ("2026-01-06", "2026-01-07", "2026-01-08"))
"""Days of the sample in the order in which they are delivered; a few are late."""


@pytest.fixture(scope="module")
def snowflake(account: Account, own_database: str) -> SnowflakeSettings:
    return prepared(account, own_database, [], None)


@pytest.fixture
def cloud(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    account: Account,
    snowflake: SnowflakeSettings,
) -> Settings:
    """Settings of a home whose target is Snowflake."""
    point_to(monkeypatch, account, snowflake.database)
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


def compare(home: Home, snowflake: SnowflakeSettings, when: str, capsys: pytest.CaptureFixture) -> None:
    with working(snowflake, "transformer") as connection:
        found, tables, rows = differences(home.settings.warehouse, connection)
    with capsys.disabled():
        print(f"\n{when}: {tables} tables with {rows} rows compared")
    assert not found, "\n".join(found)
    assert tables > 60 and rows > 20000


def test_a_week_in_three_batches_and_a_full_refresh_are_the_same_on_both_row_for_row(
    home: Callable[..., Home],
    cloud: Settings,
    snowflake: SnowflakeSettings,
    sample: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    here = home()
    files = sorted(path for path in sample.rglob("*") if path.is_file())
    with opened(snowflake, cloud.data, has_stage=False) as warehouse:
        keep_pseudonym_salt(warehouse, cloud)
    for days in BATCHES:
        mine = [file for file in files if any(day in file.name for day in days)]
        todo = deliver(here, mine, sample)
        with working(snowflake, "loader") as connection:
            copy_bronze(here.settings.warehouse, connection)
        # Only the home on DuckDB begins with empty tables.
        select = [] if days == BATCHES[0] else todo.select()
        list(build(cloud, select=select, exclude=todo.exclude()))
        compare(here, snowflake, f"after {', '.join(days)}", capsys)
    list(build(cloud, exclude=todo.exclude(), full_refresh=True))
    compare(here, snowflake, "after a full refresh", capsys)


def differing_classes(snowflake: SnowflakeSettings, settings: Settings) -> list[Difference]:
    planned = planned_classes(Home(settings).contracts, settings.dbt_project)
    with administered(snowflake) as cursor:
        return list(model_differences(asking(cursor, snowflake), snowflake, planned))


def test_every_column_is_under_its_class_and_a_table_is_classed_when_it_is_made_alone(
    cloud: Settings, account: Account, snowflake: SnowflakeSettings
) -> None:
    """After the test above, whose tables and views are there."""
    assert differing_classes(snowflake, cloud) == []
    gold, tag = f"{snowflake.database}.GOLD", f"{snowflake.database}.META.PHI"
    with administered(snowflake) as cursor:
        cursor.execute(f"alter table {gold}.FCT_ENCOUNTER modify column PATIENT_ID unset tag {tag}")
        cursor.execute(f"alter table {gold}.FCT_ENCOUNTER modify column CPT set tag {tag} = 'none'")
    assert classed_by(account, cloud, "fct_encounter", "icon_health__patients", "patient_history") == []
    rebuilt = classed_by(account, cloud, "fct_encounter", "patient_history", full_refresh=True)
    assert rebuilt == ["GOLD.FCT_ENCOUNTER", "GOLD.PATIENT_HISTORY"]
    assert differing_classes(snowflake, cloud) == []


def classed_by(account: Account, cloud: Settings, *models: str, full_refresh: bool = False) -> list[str]:
    """The tables whose columns a build classed by a statement of its own, in order of their names."""
    if not isinstance(account, SnowflakeServer):
        pytest.skip(ON_EMULATORS)
    account.clear_journal()
    list(build(cloud, select=models, full_refresh=full_refresh))
    found = (
        re.match(r"alter table [^.]+\.(\S+) modify column .* set tag ", entry["statement"], re.I)
        for entry in account.journal()
    )
    return sorted(match[1].upper() for match in found if match)


def test_every_unit_test_passes_on_snowflake_too(cloud: Settings) -> None:
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
