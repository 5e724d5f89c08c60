"""Where the tests of the cloud work: on emulators of this machine or, with `--live`, in accounts of the environment.

Here belong the places: a part of a bucket and databases of Snowflake, each of the test's own and gone at the end, also
after a failure. The tests are the same in both. What needs faults or a journal asks for an emulator, and is skipped
where there is none.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from snowflake_places import administered, drops, snowflake_settings
from snowflake_server import SnowflakeServer

from healthcare_elt.aws.client import client

OF_ACCOUNTS = ("AWS_", "SNOWFLAKE_")
OF_THE_RUN = ("SNOWFLAKE_DATABASE", "SNOWFLAKE_ROLE", "SNOWFLAKE_WAREHOUSE")
"""Each database of a run brings roles and warehouses of its own."""
S3_URL = "LIVE_S3_URL"
CALLER = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID")
SECRET = ("SNOWFLAKE_PRIVATE_KEY_FILE", "SNOWFLAKE_PRIVATE_KEY", "SNOWFLAKE_PASSWORD")
RUN = f"HEALTHCARE_ELT_TEST_{uuid.uuid4().hex[:8].upper()}"
"""What every name that a run makes begins with."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class LiveAccount:
    """The Snowflake account of the environment."""

    settings: dict[str, str]
    """Its SNOWFLAKE_* variables."""


Account = SnowflakeServer | LiveAccount


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="Work in the AWS and Snowflake accounts of the environment.")


def pytest_configure(config: pytest.Config) -> None:
    """Without `--live`, no test can reach an account that the environment happens to name."""
    if not config.getoption("--live"):
        for name in [name for name in os.environ if name.startswith(OF_ACCOUNTS)]:
            del os.environ[name]


@pytest.fixture(scope="session")
def is_live(request: pytest.FixtureRequest) -> bool:
    return request.config.getoption("--live")


@pytest.fixture(scope="session")
def live_bucket() -> Iterator[str]:
    """`bucket/prefix` of this run in the bucket of the environment, empty afterwards."""
    _require((S3_URL,), CALLER)
    place = f"{os.environ[S3_URL].removeprefix('s3://').rstrip('/')}/{RUN.lower()}"
    try:
        yield place
    finally:
        empty(place)


@pytest.fixture
def s3_root(is_live: bool, request: pytest.FixtureRequest) -> str:
    """`bucket`, or `bucket/prefix`, that is the test's own and empty."""
    if is_live:
        return f"{request.getfixturevalue('live_bucket')}/{next(_numbers)}"
    return request.getfixturevalue("bucket")


@pytest.fixture(scope="session")
def account(is_live: bool, request: pytest.FixtureRequest) -> Account:
    return live_account() if is_live else request.getfixturevalue("snowflake_server")


@pytest.fixture(scope="module")
def own_database(account: Account) -> Iterator[str]:
    with database_in(account) as database:
        yield database


def live_account(*also: str) -> LiveAccount:
    """Skips the test if the environment names none; `also` are further variables that the test needs."""
    _require(("SNOWFLAKE_ACCOUNT",), ("SNOWFLAKE_USER",), SECRET, *((name,) for name in also))
    return LiveAccount(
        {name: os.environ[name] for name in os.environ if name.startswith("SNOWFLAKE_") and name not in OF_THE_RUN}
    )


@contextmanager
def database_in(account: Account) -> Iterator[str]:
    """A name for a database that is not there yet; whatever was made for it is dropped at the end."""
    database = f"{RUN}_{next(_numbers)}"
    try:
        yield database
    finally:
        settings = snowflake_settings(account, database)
        with administered(settings) as cursor:
            for statement in drops(settings):
                cursor.execute(statement)


def point_to(environment: pytest.MonkeyPatch, account: Account, database: str, **variables: str) -> None:
    """The environment now names that database of the account, and nothing else of Snowflake."""
    for name in [name for name in os.environ if name.startswith("SNOWFLAKE_")]:
        environment.delenv(name)
    for name, value in (account.settings | {"SNOWFLAKE_DATABASE": database} | variables).items():
        environment.setenv(name, value)


def empty(place: str) -> None:
    """Remove every object, every version of one, and every unfinished upload below `bucket/prefix`."""
    bucket, _, prefix = place.partition("/")
    s3, where = client("s3"), {"Bucket": bucket, "Prefix": f"{prefix}/"}
    for page in s3.get_paginator("list_object_versions").paginate(**where):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    for page in s3.get_paginator("list_multipart_uploads").paginate(**where):
        for upload in page.get("Uploads", ()):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def _require(*wanted: tuple[str, ...]) -> None:
    """Skip unless one variable of each is set."""
    missing = [" or ".join(names) for names in wanted if not any(os.environ.get(name) for name in names)]
    if missing:
        pytest.skip(f"no live account: set {', '.join(missing)} (docs/cloud.md)")
