"""Processes killed between any two statements of a build on Snowflake: the next run makes up for it.

Snowflake has a transaction only where the project begins one, and every DDL commits. The server kills the process when
it has carried out a statement that a test names, so nothing depends on time. One source table with its keyed model and
its snapshot is built, which is every kind of model that remembers what it has done.

HYPOTHESIS_PROFILE=soak kills after every statement that leaves something behind.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection

import pytest
from aws_server import AwsServer
from cloud_places import MakeHome, cloud_home, snowflake_over
from effort import IS_SOAK
from snowflake_server import SnowflakeServer
from snowflake_tables import differences

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.settings import Settings, load_settings
from healthcare_elt.transform.build import build

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.snowflake", "healthcare_elt.transform.build"])
SILVER, KEYED, SNAPSHOT = "icon_health__employer_in_network", "network_versions", "employer_network"
NPIS = ("1234567893", "1072775616", "1066361225")

FIRST_BUILD = (
    r"create table if not exists \S+consumed_batches",
    rf"insert into \S+processed values \('{SILVER}', 'unfinished'",
    rf"create or replace\s+transient table .*silver.{SILVER}_rows",
    rf"insert into \S+processed select '{SILVER}'",
    rf"commit work.*{SILVER}_rows",
    rf"create or replace\s+table .*gold.{KEYED}",
    rf"insert into \S+consumed_batches .* '{KEYED}'",
    rf"commit work.*{KEYED}",
    rf"create or replace\s+table .*gold.{SNAPSHOT}",
    rf"insert into \S+consumed_batches .* '{SNAPSHOT}'",
    rf"insert into \S+built .* '{SNAPSHOT}'",
)
CHANGE = (
    rf"create transient table if not exists \S+changes__{SILVER}",
    rf"delete from \S+silver.{SILVER}_rows",
    rf"insert into \S+changes__{SILVER}",
    rf"insert into \S+processed select '{SILVER}'",
    rf"commit work.*{SILVER}_rows",
    rf"create transient table if not exists \S+changes__{KEYED}",
    rf"delete from \S+gold.{KEYED}",
    rf"insert into \S+consumed_batches .* '{KEYED}'",
    rf"commit work.*{KEYED}",
    rf"create or replace temporary table .*{SNAPSHOT}__dbt_tmp",
    rf"insert into \S+changes__{SNAPSHOT}",
    rf"insert into \S+gold\S+{SNAPSHOT}",
    rf"insert into \S+built .* '{SNAPSHOT}'",
    rf"commit work.*{SNAPSHOT}",
    rf"delete from \S+changes__{SILVER} where batch",
    rf"delete from \S+consumed_batches where producer = '{SILVER}'",
    rf"delete from \S+change_batches where producer = '{SILVER}'",
)
"""In the order in which they come, since the next process begins where the killed one stopped."""
READS_ROWS = rf"create or replace temporary table \S+typed__{SILVER}"
QUICK = (FIRST_BUILD[6], FIRST_BUILD[9], CHANGE[3], CHANGE[11], CHANGE[15])
"""Within each kind of transaction, and where there is none: a process costs seconds."""


@dataclass(frozen=True)
class Pair:
    """The same deliveries in Snowflake, where builds are killed, and in DuckDB, where none is."""

    cloud: Home
    local: Home
    server: SnowflakeServer
    environment: Mapping[str, str]

    def deliver(self, day: int, networks: dict[str, tuple[str, ...]]) -> None:
        rows = [f'{employer},"{", ".join(npis)}"\n' for employer, npis in networks.items()]
        for home in (self.cloud, self.local):
            path = home.settings.inbox / "icon_health" / f"employer_in_network_2026-01-{day:02}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("employer_id,in_network_npis\n" + "".join(rows))
            land_deliveries(home, run_id="run")
            load_deliveries(home, run_id="run")

    def withdraw(self, day: int) -> None:
        for home in (self.cloud, self.local):
            (found,) = (each for each in home.ledger.deliveries() if each.delivery_date == date(2026, 1, day))
            with home.warehouse() as warehouse:
                warehouse.mark_withdrawn(found.delivery_id, datetime.now(UTC), "It was sent too early.")

    def kill_after(self, statement: str, **options: bool) -> None:
        """Build in a process that dies when Snowflake has carried the statement out."""
        process, begin = self._process(options)
        self.server.fault(statement, "kill", process.pid)
        begin.send("begin")
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"nothing was sent that matches {statement}"
        self.server.end_sessions()

    def meanwhile(self, statement: str, work: Callable[[], None]) -> None:
        """Build in a process that waits for the answer to the statement until other work is done."""
        process, begin = self._process({})
        self.server.fault(statement, "hold")
        begin.send("begin")
        self.server.wait_until_held()
        work()
        self.server.clear_faults()
        process.join()
        assert process.exitcode == 0

    def _process(self, options: dict[str, bool]) -> tuple[multiprocessing.process.BaseProcess, Connection]:
        mine, theirs = FORK.Pipe()
        process = FORK.Process(target=build_when_told, args=(theirs, self.environment, options))
        process.start()
        return process, mine

    def differences(self) -> list[str]:
        """Between what both hold when both have been built to the end."""
        for home in (self.cloud, self.local):
            built(home.settings)
        with self.server.connect(database=self.environment["SNOWFLAKE_DATABASE"]) as account:
            found, tables, rows = differences(self.local.settings.warehouse, account)
        assert tables == 4 and rows > 10
        return found


def built(settings: Settings, **options: bool) -> None:
    list(build(settings, select=[f"+{SNAPSHOT}"], exclude=["resource_type:test"], **options))


def build_when_told(begin: Connection, environment: Mapping[str, str], options: dict[str, bool]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    settings = load_settings()
    begin.recv()
    built(settings, **options)


@pytest.fixture(scope="module")
def pair(aws_server: AwsServer, module_home: MakeHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    tables = ("icon_health.employer_in_network",)
    with (
        snowflake_over(aws_server, tmp_path_factory.mktemp("snowflake")) as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        cloud = cloud_home(module_home, environment, aws_server, server, tables, dbt_threads=1)
        of_cloud = dict(os.environ)
        local = module_home("local")
        vars(local)["contracts"] = cloud.contracts
        with local.warehouse():  # or it would begin with the tables of the whole project, empty
            pass
        yield Pair(cloud, local, server, of_cloud)


def test_builds_killed_between_their_statements_give_what_undisturbed_ones_give(pair: Pair) -> None:
    pair.deliver(2, {"E1": NPIS, "E2": NPIS[:1]})
    for statement in FIRST_BUILD if IS_SOAK else QUICK[:2]:
        pair.kill_after(statement)
    built(pair.cloud.settings)
    pair.deliver(3, {"E1": NPIS[:2], "E3": NPIS})
    for statement in CHANGE if IS_SOAK else QUICK[2:]:
        pair.kill_after(statement)
    assert pair.differences() == []


def test_a_full_refresh_that_was_killed_loses_no_change_that_was_not_yet_taken(pair: Pair) -> None:
    """After the test above: there is something that a change comes to."""
    pair.deliver(4, {"E1": NPIS[1:], "E3": NPIS})
    pair.kill_after(rf"commit work.*{SILVER}_rows")
    pair.kill_after(rf"delete from \S+change_batches where producer = '{SILVER}'", full_refresh=True)
    assert pair.differences() == []


def test_what_another_machine_loads_in_the_middle_of_a_build_is_in_the_next_one(pair: Pair) -> None:
    pair.deliver(5, {"E1": NPIS, "E3": NPIS[:1]})
    pair.meanwhile(READS_ROWS, lambda: pair.deliver(6, {"E1": NPIS[:1], "E2": NPIS, "E3": NPIS[:1]}))
    assert pair.differences() == []


def test_what_another_machine_loads_in_the_middle_of_a_build_and_withdraws_leaves_no_trace(pair: Pair) -> None:
    """The delivery says of a key that it is gone; the build must not hear of that, since no later one would."""
    pair.deliver(7, {"E1": NPIS[1:], "E3": NPIS})
    pair.meanwhile(READS_ROWS, lambda: pair.deliver(8, {"E1": NPIS}))
    pair.withdraw(8)
    assert pair.differences() == []
