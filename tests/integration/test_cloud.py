"""The whole path on S3 and Snowflake: the same rows as in folders and DuckDB, whatever is lost on the way.

On emulators on loopback, or with `--live` in accounts of the environment; docs/cloud.md says what emulators do not
show. What is lost on the way is lost by faults of an emulator.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aws_server import AwsServer
from click.testing import Result
from cloud_places import COPY_OF_LANDING, MakeHome, snowflake_over
from effort import IS_SOAK
from live_places import Account, database_in, live_account, point_to
from snowflake_places import let_work, snowflake_settings, working
from snowflake_server import ON_EMULATORS, SnowflakeServer
from snowflake_tables import differences
from sql_gate import unparsable
from typer.testing import CliRunner

from healthcare_elt.cli import snowflake
from healthcare_elt.ledger import Ledger
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.quarantine import replay
from healthcare_elt.pipeline.transform import is_up_to_date, run_costs, transform
from healthcare_elt.report import History, gather
from healthcare_elt.sample import write_sample
from healthcare_elt.settings_snowflake import load_snowflake_settings
from healthcare_elt.warehouse import WarehouseError
from healthcare_elt.warehouse.snowflake_warehouse import HISTORY

NEEDS_NO_COMPUTE = re.compile(r"show |alter session |select system\$last_change_commit_time\('[\w.]+'\) as token$")
"""Statements that Snowflake answers from what it knows of its objects."""

SYNTHEA = Path(__file__).parents[3] / "shared" / "data" / "synthea_daily"
FIRST_DAY = "2024-12-01"
LARGE = ("conditions", "encounters", "immunizations", "medications", "procedures")
IN_TIME = (FIRST_DAY, *(f"2024-12-{day:02}" for day in range(2, 15, 2)))
LATE = tuple(f"2024-12-{day:02}" for day in range(3, 16, 2))


@pytest.fixture(scope="module")
def account(
    is_live: bool, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Account]:
    """A Snowflake that reads from the same S3 as the product writes to."""
    if is_live:
        yield live_account("SNOWFLAKE_STORAGE_INTEGRATION")
        return
    aws: AwsServer = request.getfixturevalue("aws_server")
    with snowflake_over(aws, tmp_path_factory.mktemp("snowflake")) as server:
        yield server


@pytest.fixture
def server(account: Account) -> SnowflakeServer:
    if not isinstance(account, SnowflakeServer):
        pytest.skip(ON_EMULATORS)
    return account


@pytest.fixture
def cloud(
    account: Account,
    s3_root: str,
    home: MakeHome,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Home]:
    """A home in S3 and a database of its own in Snowflake, made as a user makes it; further settings as parameter."""
    with database_in(account) as database:
        point_to(monkeypatch, account, database)
        settings = snowflake_settings(account, database)
        places = {"landing_url": f"s3://{s3_root}/landing", "ledger_url": f"s3://{s3_root}/metadata/ledger"}
        if isinstance(account, SnowflakeServer):
            monkeypatch.setenv("SNOWFLAKE_STORAGE_ROLE_ARN", str(settings.storage_role_arn))
            monkeypatch.setenv("SNOWFLAKE_NETWORK_TIMEOUT", "20")
        for name, value in getattr(request, "param", {}).items():
            monkeypatch.setenv(name, value)
        made = home("cloud", target="snowflake", **places)
        applied: Result = CliRunner().invoke(snowflake.app, ["apply"])
        assert applied.exit_code == 0, applied.output
        let_work(settings)
        if isinstance(account, SnowflakeServer):
            account.clear_journal()
            account.clear_faults()
        yield made


def deliver(*homes: Home) -> None:
    for each in homes:
        write_sample(each.settings.inbox, each.settings.data / "truth.json", days=3, patients=100)


def deliver_synthea(home: Home, days: Collection[str]) -> None:
    """What the generator delivered on these days; of the first, which is all of the past, not the largest tables."""
    for file in sorted(SYNTHEA.glob("*/2024-12-*/*.csv")):
        table, day = file.parts[-3:-1]
        if day in days and (day != FIRST_DAY or table not in LARGE or IS_SOAK):
            target = home.settings.inbox / "synthea" / file.relative_to(SYNTHEA)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)


def run(home: Home) -> None:
    """Land, load and transform."""
    land_deliveries(home, run_id="run")
    load_deliveries(home, run_id="run")
    list(transform(home, run_id="run"))


def bronze(home: Home) -> dict[str, list[tuple[str, ...]]]:
    """Every row and reject of icon_health as texts; when it was loaded does not count."""
    with home.warehouse() as warehouse:
        return {
            table: sorted(
                tuple(str(row[name]) for name in sorted(row) if name != "_loaded_at")
                for row in warehouse.rows(f"select * from {table}")
            )
            for table in sorted(warehouse.columns("bronze"))
            if table.startswith("bronze.icon_health")
        }


def sent(account: Account) -> list[str] | None:
    """Every statement since this was asked last; None where nothing keeps a journal."""
    if not isinstance(account, SnowflakeServer):
        return None
    statements = [entry["statement"] for entry in account.journal()]
    account.clear_journal()
    return statements


@pytest.mark.parametrize("cloud", [{"SNOWFLAKE_RAW_TABLES": "csv"}], indirect=True, ids=["external tables"])
def test_late_days_of_two_systems_on_s3_and_snowflake_are_the_same_as_in_folders_and_duckdb(
    cloud: Home, account: Account, home: MakeHome, capsys: pytest.CaptureFixture
) -> None:
    """Half of the days come late, to a second run on Snowflake; DuckDB has them all at once."""
    deliver(cloud)
    deliver_synthea(cloud, IN_TIME)
    run(cloud)
    costs = run_costs(cloud, "run")
    assert costs["bronze/icon_health/patients"].statements > 3
    assert costs["model.healthcare_elt.icon_health__patients_rows"].statements > 3
    statements = sent(account)
    headers = {
        (state.system, state.table, state.delivery.columns) for state in cloud.ledger.deliveries() if state.delivery
    }
    if statements is not None:
        assert 0 < sum(COPY_OF_LANDING in statement for statement in statements) <= len(headers)
        assert unparsable(statements) == []
        refreshed = [statement for statement in statements if statement.startswith("alter external table")]
        tables = {(state.system, state.table) for state in cloud.ledger.deliveries() if state.delivery}
        assert len(refreshed) == len(tables)
        months = " refresh 'year=2026/month=01/", " refresh 'year=2024/month=12/"
        assert all(any(month in statement for month in months) for statement in refreshed)

    deliver_synthea(cloud, LATE)
    run(cloud)
    local = home("local")
    deliver(local)
    deliver_synthea(local, IN_TIME)
    land_deliveries(local, run_id="run")
    deliver_synthea(local, LATE)
    run(local)
    assert bronze(cloud) == bronze(local)
    with working(load_snowflake_settings(cloud.settings), "transformer") as connection:
        found, tables, rows = differences(local.settings.warehouse, connection)
    with capsys.disabled():
        without = "" if SYNTHEA.is_dir() else ", without the Synthea days, which are not beside this checkout"
        print(f"\n{tables} tables with {rows} rows compared{without}")
    assert found == []
    here, there = (gather(each, History(), datetime.now(UTC)) for each in (local, cloud))
    assert here.strips
    assert (there.strips, there.quarantine, there.health) == (here.strips, here.quarantine, here.health)

    sent(account)
    assert not pending(cloud)
    assert is_up_to_date(cloud)
    assert sum(load_deliveries(cloud, run_id="again").totals.values()) > 0
    if (statements := sent(account)) is not None:
        assert [statement for statement in statements if not NEEDS_NO_COMPUTE.match(statement)] == []
        assert {"LOAD_LOG", "TRANSFORMED"} == {
            text.split("'")[1].rpartition(".")[2] for text in statements if "system$" in text
        }
        assert unparsable([*statements, HISTORY]) == []

    told = replay(cloud, None)
    assert told == replay(local, None)
    assert (told.before, told.left, told.entered) == (told.after, 0, 0)
    assert told.before > 0
    if (statements := sent(account)) is not None:
        assert unparsable(statements) == []


LOST = {
    "a COPY that in truth succeeded": (r"(?is)\s*copy into META\.STAGED.*", "drop"),
    "a commit that in truth succeeded": (r"(?is)commit.*", "drop"),
    "half an answer to the insert of rows": (r"(?is)\s*insert into BRONZE.*", "truncate"),
    "a session that expires before the load log": (r"(?is)insert into META\.LOAD_LOG.*", "expired"),
    "a statement that times out": (r"(?is)\s*insert into BRONZE.*", "timeout"),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_on_the_way_to_snowflake_is_a_sentence_and_made_up_for_by_the_next_run(
    what: str, cloud: Home, server: SnowflakeServer, home: MakeHome
) -> None:
    expected = landed(cloud, home)
    server.fault(*LOST[what])
    # The connector logs in again by itself where a session has expired.
    with suppress(WarehouseError) if LOST[what][1] == "expired" else pytest.raises(WarehouseError, match="run again"):
        load_deliveries(cloud, run_id="lost")
    load_deliveries(cloud, run_id="again")
    assert bronze(cloud) == expected
    with cloud.warehouse() as warehouse:
        logged = [entry.delivery_id for entry in warehouse.load_log()]
    assert len(logged) == len(set(logged))
    assert not pending(cloud)


def test_an_external_table_that_nobody_made_is_a_sentence_and_keeps_no_row_from_bronze(
    cloud: Home, home: MakeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = landed(cloud, home)
    with monkeypatch.context() as wanted:
        wanted.setenv("SNOWFLAKE_RAW_TABLES", "csv")
        with pytest.raises(WarehouseError, match=r"ADVERSE_EVENTS__CSV.* run `healthcare-elt snowflake apply`\.$"):
            load_deliveries(cloud, run_id="not applied")
    load_deliveries(cloud, run_id="applied")
    assert bronze(cloud) == expected
    assert not pending(cloud)


def test_a_kill_between_the_load_and_the_ledger_is_made_up_for_from_the_load_log(
    cloud: Home, home: MakeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = landed(cloud, home)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(Ledger, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            load_deliveries(cloud, run_id="killed")
    load_deliveries(cloud, run_id="again")
    assert bronze(cloud) == expected
    assert {state.state for state in cloud.ledger.deliveries()} == {"loaded", "rejected"}


def landed(cloud: Home, home: MakeHome) -> dict[str, list[tuple[str, ...]]]:
    """The sample landed in S3, and nothing loaded from there; what is in DuckDB's bronze after the same."""
    deliver(cloud)
    land_deliveries(cloud, run_id="land")
    local = home("local")
    deliver(local)
    land_deliveries(local, run_id="land")
    load_deliveries(local, run_id="load")
    return bronze(local)
