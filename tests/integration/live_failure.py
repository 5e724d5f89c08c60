"""A test that makes things in S3 and Snowflake, and fails: nothing of them may be left. Run by test_live_suite.py."""

from __future__ import annotations

from pathlib import Path

from live_places import Account
from s3_places import s3_zone
from snowflake_places import prepared


def test_things_are_made_and_then_all_goes_wrong(
    s3_root: str, account: Account, own_database: str, tmp_path: Path
) -> None:
    zone = s3_zone(s3_root, tmp_path)
    with zone.begin() as staging:
        staging.write(b"a delivery")
        staging.commit("raw/plan/patients.csv")
    zone.place.client.create_multipart_upload(**zone.place.target("raw/plan/unfinished.csv"))
    prepared(account, own_database, [], f"s3://{s3_root}/landing")
    raise AssertionError("on purpose")
