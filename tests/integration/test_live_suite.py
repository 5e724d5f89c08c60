"""The live suite, with emulators that pose as accounts: it works in places of its own, and leaves nothing there.

The settings are those that a user of real accounts has, but for the endpoints. That it was never run in a real account
is said in docs/cloud.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_server import AwsServer
from snowflake_server import SnowflakeServer, running

from healthcare_elt.aws.client import client

PROJECT = Path(__file__).parents[2]
FAILS = "tests/integration/live_failure.py"
IN_S3 = "tests/contract/test_landing_zone.py::test_what_is_committed_can_be_read_again"
IN_SNOWFLAKE = (
    "tests/contract/test_warehouse.py::test_the_load_log_says_which_delivery_is_withdrawn_and_for_what_reason"
)
WITH_FAULTS = "tests/contract/test_ledger_places.py::test_a_segment_whose_answer_is_lost_is_written_once"
IN_BOTH = "tests/integration/test_cloud.py"
MADE = ("databases", "warehouses", "roles", "resource monitors", "storage integrations", "network policies")
OF_ACCOUNTS = ("AWS_", "SNOWFLAKE_", "LIVE_")


@dataclass(frozen=True)
class Posing:
    """Servers that a user's settings take for his accounts."""

    variables: dict[str, str]
    bucket: str
    snowflake: SnowflakeServer

    def left(self) -> list[str]:
        """Whatever is in the bucket and in the account."""
        s3 = client("s3")
        versions = s3.list_object_versions(Bucket=self.bucket)
        keys = [each["Key"] for kind in ("Versions", "DeleteMarkers") for each in versions.get(kind, ())]
        uploads = [each["Key"] for each in s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())]
        with self.snowflake.connect() as connection:
            return [*keys, *uploads, *(name for kind in MADE for name in _names(connection, kind))]


def _names(connection: Any, kind: str) -> list[str]:
    cursor = connection.cursor().execute(f"show {kind}")
    place = [column[0].lower() for column in cursor.description].index("name")
    return [f"{kind} {row[place]}" for row in cursor.fetchall()]


@pytest.fixture
def posing(aws: AwsServer, bucket: str, tmp_path: Path) -> Iterator[Posing]:
    with running(tmp_path / "journal.jsonl", aws.environment) as snowflake:
        with snowflake.connect() as connection:
            connection.cursor().execute(
                "create storage integration USERS_OWN type = external_stage storage_provider = 'S3' enabled = true "
                "storage_aws_role_arn = 'arn:aws:iam::123456789012:role/reader' "
                f"storage_allowed_locations = ('s3://{bucket}/tests/')"
            )
        places = {"LIVE_S3_URL": f"s3://{bucket}/tests", "SNOWFLAKE_STORAGE_INTEGRATION": "USERS_OWN"}
        yield Posing(aws.environment | snowflake.settings | places, bucket, snowflake)


def suite(*arguments: str, **variables: str) -> str:
    """What pytest says with these variables, and none else, of accounts."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OF_ACCOUNTS)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", *arguments],
        env=environment | variables, cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def outcomes(said: str) -> dict[str, int]:
    return {kind: int(count) for count, kind in re.findall(r"(\d+) (passed|failed|skipped|errors?)\b", said)}


def test_the_suite_works_in_places_of_its_own_and_leaves_nothing_there_even_after_a_failure(posing: Posing) -> None:
    before = posing.left()
    said = suite("--live", f"{IN_S3}[s3]", f"{IN_SNOWFLAKE}[snowflake]", WITH_FAULTS, FAILS, **posing.variables)
    assert outcomes(said) == {"passed": 2, "skipped": 1, "failed": 1}, said
    assert "needs the faults of an emulator" in said
    assert "on purpose" in said
    sent = [entry["statement"] for entry in posing.snowflake.journal()]
    assert [text for text in sent if text.startswith("create database")] != []
    assert posing.left() == before


def test_without_settings_the_suite_is_skipped_and_says_which_are_missing() -> None:
    said = suite("--live", f"{IN_S3}[s3]", f"{IN_SNOWFLAKE}[snowflake]", IN_BOTH)
    assert set(outcomes(said)) == {"skipped"}, said
    assert "no live account: set LIVE_S3_URL, AWS_PROFILE or AWS_ACCESS_KEY_ID (docs/cloud.md)" in said
    secrets = "SNOWFLAKE_PRIVATE_KEY_FILE or SNOWFLAKE_PRIVATE_KEY or SNOWFLAKE_PASSWORD"
    assert f"no live account: set SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER, {secrets} (docs/cloud.md)" in said
    assert f"SNOWFLAKE_USER, {secrets}, SNOWFLAKE_STORAGE_INTEGRATION (docs/cloud.md)" in said


def test_without_the_option_no_test_sees_an_account_that_the_environment_names(posing: Posing, tmp_path: Path) -> None:
    before = posing.left()
    posing.snowflake.clear_journal()
    said = suite(
        f"{IN_S3}[s3]", f"{IN_SNOWFLAKE}[snowflake]", **posing.variables, SNOWFLAKE_PRIVATE_KEY_FILE="/nowhere/key.p8"
    )
    assert outcomes(said) == {"passed": 2}, said
    assert posing.snowflake.journal() == []
    assert posing.left() == before
