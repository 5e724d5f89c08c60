"""A year of daily deliveries lands in S3 and is loaded into Snowflake in one run, and little is asked of either.

Files are tiny: what counts here is how many requests and statements there are, not how long they take. They are also
what `plan-capacity` would say of them (docs/capacity.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from aws_server import AwsServer
from cloud_places import COPY_OF_LANDING, MakeHome, cloud_home, snowflake_over
from snowflake_server import SnowflakeServer

from healthcare_elt.aws.client import client
from healthcare_elt.capacity import Deliveries
from healthcare_elt.capacity.counts import count, load_statements
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import EVENTS_PER_SEGMENT, land_deliveries
from healthcare_elt.pipeline.load import load_deliveries

TABLES = ("icon_health.patients", "icon_health.providers")
DAYS = 365
FILES = DAYS * len(TABLES)
HEADERS = 3
"""Two of patients, one of providers."""
NEW_HEADER_FROM = 180
REQUESTS_OF_A_RUN = 20
"""Of all else than deliveries: listings, and what is read and written of the ledger."""
STATEMENTS_OF_A_RUN = 80
READS = ("GetObject",)


@pytest.fixture
def server(aws_server: AwsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeServer]:
    with snowflake_over(aws_server, tmp_path_factory.mktemp("snowflake")) as server:
        yield server


@pytest.fixture
def requests() -> list[str]:
    """The operations that the product asks of S3."""
    return []


@pytest.fixture
def cloud(
    aws_server: AwsServer,
    server: SnowflakeServer,
    home: MakeHome,
    monkeypatch: pytest.MonkeyPatch,
    requests: list[str],
) -> Home:
    made = cloud_home(home, monkeypatch, aws_server, server, TABLES)
    s3 = client("s3")
    s3.meta.events.register("before-call.s3", lambda model, **_: requests.append(model.name))
    counted = replace(made, s3=s3)
    vars(counted)["contracts"] = made.contracts
    return counted


def deliver_a_year(home: Home) -> None:
    folder = home.settings.inbox / "icon_health"
    folder.mkdir(parents=True)
    for number in range(DAYS):
        day = date(2025, 1, 1) + timedelta(days=number)
        more, value = (",weight", ",70") if number >= NEW_HEADER_FROM else ("", "")
        patients = f"patient_id,gender,birth_date{more}\nP{number},F,1980-01-01{value}\nP0,M,1970-01-01{value}\n"
        (folder / f"patients_{day}.csv").write_text(patients)
        (folder / f"providers_{day}.csv").write_text(f"provider_name,npi,zip\nA{number},1234567893,10001\n")


def test_a_year_is_one_copy_for_each_header_of_a_table_and_asks_nothing_delivery_by_delivery(
    cloud: Home, server: SnowflakeServer, requests: list[str]
) -> None:
    deliver_a_year(cloud)
    assert len(land_deliveries(cloud, run_id="land").landed) == FILES
    landing = Counter(requests)
    requests.clear()
    assert landing["PutObject"] <= 2 * FILES + FILES // EVENTS_PER_SEGMENT + 1
    assert landing.total() <= landing["PutObject"] + REQUESTS_OF_A_RUN

    assert len(load_deliveries(cloud, run_id="load").loaded) == FILES
    sent = [entry["statement"] for entry in server.journal()]
    copies = sum(COPY_OF_LANDING in statement for statement in sent)
    print(f"{FILES} deliveries: {landing.total()} requests to land, {len(requests)} and {len(sent)} statements to load")
    assert copies <= HEADERS
    assert len(requests) <= REQUESTS_OF_A_RUN
    assert len(sent) <= STATEMENTS_OF_A_RUN
    planned = count(Deliveries(gigabytes_per_day=1e-4, files_per_day=FILES, tables=len(TABLES)))
    writes = sum(number for name, number in (landing + Counter(requests)).items() if name not in READS)
    assert writes == planned.s3_writes
    assert copies == planned.copies + HEADERS - len(TABLES)
    seen = [statement.count("'raw/") for statement in sent if COPY_OF_LANDING in statement]
    assert sum(seen) == planned.files_before_merging == planned.files_after_merging == FILES
    with cloud.warehouse() as warehouse:
        (patients,) = warehouse.rows(
            "select count(*) as n, count(distinct _delivery_id) as deliveries, count(weight) as weights "
            "from bronze.icon_health__patients"
        )
        (providers,) = warehouse.rows("select count(distinct provider_name) as n from bronze.icon_health__providers")
        assert len(warehouse.load_log()) == FILES
    assert patients == {"n": 2 * DAYS, "deliveries": DAYS, "weights": 2 * (DAYS - NEW_HEADER_FROM)}
    assert providers == {"n": DAYS}

    deliver_a_day(cloud)
    server.clear_journal()
    land_deliveries(cloud, run_id="land again")
    assert len(load_deliveries(cloud, run_id="load again").loaded) == len(TABLES)
    assert len(server.journal()) == load_statements(tables=len(TABLES), copies=len(TABLES), merged=0)


def deliver_a_day(home: Home) -> None:
    folder = home.settings.inbox / "icon_health"
    (folder / "patients_2026-01-01.csv").write_text("patient_id,gender,birth_date\nP1,F,1980-01-01\n")
    (folder / "providers_2026-01-01.csv").write_text("provider_name,npi,zip\nA1,1234567893,10001\n")
