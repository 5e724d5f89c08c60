"""The whole path on S3 and Snowflake: the same rows as in folders and DuckDB, whatever is lost on the way.

The servers are emulators on loopback; docs/cloud.md says what they do not show.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from aws_server import AwsServer
from click.testing import Result
from snowflake_places import ROLE_ARN
from snowflake_server import SnowflakeServer, running
from snowflake_tables import differences
from sql_gate import unparsable
from typer.testing import CliRunner

from healthcare_elt.cli import snowflake
from healthcare_elt.ledger import Ledger
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.sample import write_sample
from healthcare_elt.warehouse import WarehouseError

MakeHome = Callable[..., Home]
_numbers = itertools.count(1)
COPY_OF_LANDING = "copy into META.STAGED from (\n    select t."


@pytest.fixture(scope="module")
def server(aws_server: AwsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeServer]:
    """A Snowflake that reads from the same S3 as the product writes to."""
    with running(tmp_path_factory.mktemp("snowflake") / "journal.jsonl", aws_server.environment) as server:
        yield server


@pytest.fixture
def cloud(
    aws: AwsServer,
    server: SnowflakeServer,
    bucket: str,
    home: MakeHome,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Home:
    """A home in S3 and a database of its own in Snowflake, made as a user makes it; further settings as parameter."""
    own = {"SNOWFLAKE_DATABASE": f"CLOUD_{next(_numbers)}", "SNOWFLAKE_STORAGE_ROLE_ARN": ROLE_ARN}
    own |= getattr(request, "param", {})
    for name, value in (server.settings | own | {"SNOWFLAKE_NETWORK_TIMEOUT": "20"}).items():
        monkeypatch.setenv(name, value)
    places = {"landing_url": f"s3://{bucket}/landing", "ledger_url": f"s3://{bucket}/ledger"}
    made = home("cloud", target="snowflake", **places)
    applied: Result = CliRunner().invoke(snowflake.app, ["apply"])
    assert applied.exit_code == 0, applied.output
    server.clear_journal()
    server.clear_faults()
    return made


def deliver(*homes: Home) -> None:
    for each in homes:
        write_sample(each.settings.inbox, each.settings.data / "truth.json", days=3, patients=100)


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


@pytest.mark.parametrize("cloud", [{"SNOWFLAKE_RAW_TABLES": "csv"}], indirect=True, ids=["external tables"])
def test_days_on_s3_and_snowflake_are_the_same_as_in_folders_and_duckdb(
    cloud: Home, server: SnowflakeServer, home: MakeHome, capsys: pytest.CaptureFixture
) -> None:
    deliver(cloud)
    run(cloud)
    sent = [entry["statement"] for entry in server.journal()]
    headers = {
        (state.system, state.table, state.delivery.columns) for state in cloud.ledger.deliveries() if state.delivery
    }
    assert 0 < sum(COPY_OF_LANDING in statement for statement in sent) <= len(headers)
    assert unparsable(sent) == []
    refreshed = [statement for statement in sent if statement.startswith("alter external table")]
    assert len(refreshed) == len({(state.system, state.table) for state in cloud.ledger.deliveries() if state.delivery})
    assert all(" refresh 'year=2026/month=01/" in statement for statement in refreshed)

    local = home("local")
    deliver(local)
    run(local)
    assert bronze(cloud) == bronze(local)
    with server.connect(database=os.environ["SNOWFLAKE_DATABASE"]) as account:
        found, tables, rows = differences(local.settings.warehouse, account)
    with capsys.disabled():
        print(f"\n{tables} tables with {rows} rows compared")
    assert found == []

    server.clear_journal()
    assert not pending(cloud)
    assert is_up_to_date(cloud)
    assert not [
        e["statement"] for e in server.journal() if e["statement"].split()[0] in ("insert", "create", "copy", "alter")
    ]


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
