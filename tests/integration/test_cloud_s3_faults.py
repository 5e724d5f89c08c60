"""S3 refuses on the way to Snowflake: a sentence that says what to do, and running again finishes exactly.

Every fault happens to requests that really travel: of the product, or of the Snowflake emulator while a COPY reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from aws_server import AwsServer
from cloud_places import MakeHome, cloud_home, snowflake_over
from faulty_network import FaultyNetwork, faulty_network
from snowflake_server import SnowflakeServer

from healthcare_elt.landing import LandingError
from healthcare_elt.ledger import LedgerError
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.warehouse import LoadError

TABLES = ("icon_health.patients", "icon_health.providers")
FILES = {
    "patients_2026-01-02.csv": "patient_id,gender,birth_date\nP1,F,1980-01-01\nP2,M,1975-05-05\n",
    "patients_2026-01-03.csv": "patient_id,gender,birth_date\nP1,F,1980-01-01\n",
    "providers_2026-01-02.json": '[{"provider_name": "A", "npi": "1234567893", "zip": "10001"}]\n',
}
ROWS = {"patients": 3, "providers": 1}
MANY = 100

Meant = Callable[[str, str], bool]


def of(method: str, part: str) -> Meant:
    return lambda sent, path: sent == method and part in path


@pytest.fixture(scope="module")
def to_product(aws_server: AwsServer) -> Iterator[FaultyNetwork]:
    with faulty_network(aws_server.url) as network:
        yield network


@pytest.fixture(scope="module")
def to_snowflake(aws_server: AwsServer) -> Iterator[FaultyNetwork]:
    with faulty_network(aws_server.url) as network:
        yield network


@pytest.fixture(scope="module")
def server(
    aws_server: AwsServer, to_snowflake: FaultyNetwork, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SnowflakeServer]:
    folder = tmp_path_factory.mktemp("snowflake")
    with snowflake_over(aws_server, folder, AWS_ENDPOINT_URL=to_snowflake.url) as server:
        yield server


@pytest.fixture
def cloud(
    aws_server: AwsServer,
    server: SnowflakeServer,
    to_product: FaultyNetwork,
    to_snowflake: FaultyNetwork,
    home: MakeHome,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Home]:
    """With files in its inbox, behind a network that begins without faults."""
    made = cloud_home(home, monkeypatch, aws_server, server, TABLES)
    monkeypatch.setenv("AWS_ENDPOINT_URL", to_product.url)
    for name, content in FILES.items():
        path = made.settings.inbox / "icon_health" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    yield made
    for network in (to_product, to_snowflake):
        network.rules.clear()


def run(home: Home) -> None:
    land_deliveries(home, run_id="run")
    load_deliveries(home, run_id="run")


def assert_complete(home: Home) -> None:
    """Every delivery is loaded once, and place and ledger say so."""
    with home.warehouse() as warehouse:
        log = [(entry.table, entry.name, entry.arrival) for entry in warehouse.load_log()]
        rows = {
            table: warehouse.rows(f"select count(*) as n from bronze.icon_health__{table}")[0]["n"] for table in ROWS
        }
    assert rows == ROWS
    assert sorted(name for _, name, _ in log) == sorted(FILES)
    assert sorted(arrival for _, _, arrival in log) == [1, 2, 3]
    assert [state.state for state in home.ledger.deliveries()] == ["loaded"] * len(FILES)
    assert not pending(home)


REFUSALS = (
    ({}, "S3 was too busy to give Snowflake the deliveries of the landing zone; run again later"),
    ({"status": 403, "code": "AccessDenied"}, "grant s3:ListBucket, s3:GetObject and kms:Decrypt to the AWS role"),
)


def test_a_stage_that_s3_does_not_let_snowflake_read_is_a_sentence_and_loads_at_the_next_run(
    cloud: Home, to_snowflake: FaultyNetwork
) -> None:
    land_deliveries(cloud, run_id="land")
    for answer, sentence in REFUSALS:
        to_snowflake.fail("refuse", lambda _, path: "/raw/icon_health/patients/" in path, times=MANY, **answer)
        with pytest.raises(LoadError, match=sentence) as error:
            load_deliveries(cloud, run_id="refused")
        assert len(str(error.value).splitlines()) == 1 and "P1" not in str(error.value)
        to_snowflake.rules.clear()
    run(cloud)
    assert_complete(cloud)


EXPIRING: tuple[tuple[type[Exception], str, Meant], ...] = (
    (LedgerError, "cannot be listed", of("GET", "prefix=ledger")),
    (LandingError, "cannot be listed", of("GET", "%2Farrivals%2F")),
    (LandingError, "could not be written", of("PUT", "/raw/icon_health/providers/")),
    (LandingError, "could not be written", of("PUT", "/arrivals/000000000003.json")),
    (LedgerError, "could not be written", of("PUT", "/ledger/")),
    (LoadError, "cannot be listed", of("GET", "start-after")),
    (LoadError, "stopped giving|cannot be read", of("GET", "/raw/icon_health/providers/")),
    (LedgerError, "could not be written", of("PUT", "/ledger/")),
)
"""In the order of the work: every run comes further than the one before, and the last writes of what was loaded."""


def test_credentials_of_aws_that_expire_at_any_step_are_a_sentence_and_the_next_run_goes_on(
    cloud: Home, to_product: FaultyNetwork
) -> None:
    for kind, subject, meant in EXPIRING:
        to_product.fail("refuse", meant, times=MANY, status=400, code="ExpiredToken")
        with pytest.raises(kind, match=f"({subject}): the credentials have expired; renew them by `aws sso l") as error:
            run(cloud)
        assert "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew" in str(error.value)
        assert len(str(error.value).splitlines()) == 1
        to_product.rules.clear()
    run(cloud)
    assert_complete(cloud)
