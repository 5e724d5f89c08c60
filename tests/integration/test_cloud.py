"""The whole path on S3 and Snowflake: the same rows as in folders and DuckDB, whatever is lost on the way.

The servers are emulators on loopback; docs/cloud.md says what they do not show.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from aws_server import AwsServer
from cloud_places import COPY_OF_LANDING, MakeHome, cloud_home, snowflake_over
from effort import IS_SOAK
from snowflake_server import SnowflakeServer
from snowflake_tables import differences
from sql_gate import unparsable

from healthcare_elt.ledger import Ledger
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.sample import write_sample
from healthcare_elt.warehouse import WarehouseError

SYNTHEA = Path(__file__).parents[3] / "shared" / "data" / "synthea_daily"
FIRST_DAY = "2024-12-01"
LARGE = ("conditions", "encounters", "immunizations", "medications", "procedures")
IN_TIME = (FIRST_DAY, *(f"2024-12-{day:02}" for day in range(2, 15, 2)))
LATE = tuple(f"2024-12-{day:02}" for day in range(3, 16, 2))


@pytest.fixture(scope="module")
def server(aws_server: AwsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeServer]:
    with snowflake_over(aws_server, tmp_path_factory.mktemp("snowflake")) as server:
        yield server


@pytest.fixture
def cloud(aws_server: AwsServer, server: SnowflakeServer, home: MakeHome, monkeypatch: pytest.MonkeyPatch) -> Home:
    return cloud_home(home, monkeypatch, aws_server, server)


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


@pytest.mark.skipif(not SYNTHEA.is_dir(), reason="the daily Synthea deliveries are not beside this checkout")
def test_late_days_of_two_systems_on_s3_and_snowflake_are_the_same_as_in_folders_and_duckdb(
    cloud: Home, server: SnowflakeServer, home: MakeHome, capsys: pytest.CaptureFixture
) -> None:
    """Half of the days come late, to a second run on Snowflake; DuckDB has them all at once."""
    deliver(cloud)
    deliver_synthea(cloud, IN_TIME)
    run(cloud)
    sent = [entry["statement"] for entry in server.journal()]
    headers = {
        (state.system, state.table, state.delivery.columns) for state in cloud.ledger.deliveries() if state.delivery
    }
    assert 0 < sum(COPY_OF_LANDING in statement for statement in sent) <= len(headers)
    assert unparsable(sent) == []

    deliver_synthea(cloud, LATE)
    run(cloud)
    local = home("local")
    deliver(local)
    deliver_synthea(local, IN_TIME)
    land_deliveries(local, run_id="run")
    deliver_synthea(local, LATE)
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
    assert not [e["statement"] for e in server.journal() if e["statement"].split()[0] in ("insert", "create", "copy")]


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
