"""Homes of few source tables in an emulated cloud: landing zone and ledger in S3, the warehouse in Snowflake.

Here belongs making one. The servers and their faults are in `aws_server` and `snowflake_server`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import aws_server
import pytest
import snowflake_server
from snowflake_places import ROLE_ARN, prepared

from healthcare_elt.pipeline.home import Home

MakeHome = Callable[..., Home]
_numbers = itertools.count(1)
COPY_OF_LANDING = "copy into META.STAGED from (\n    select t."
"""What a COPY that reads the landing zone begins with."""


@contextmanager
def snowflake_over(
    aws: aws_server.AwsServer, folder: Path, **environment: str
) -> Iterator[snowflake_server.SnowflakeServer]:
    """A Snowflake that reads from the same S3 as the product writes to."""
    with snowflake_server.running(folder / "journal.jsonl", aws.environment | environment) as server:
        yield server


def cloud_home(
    home: MakeHome,
    environment: pytest.MonkeyPatch,
    aws: aws_server.AwsServer,
    server: snowflake_server.SnowflakeServer,
    tables: Collection[str],
    **settings: object,
) -> Home:
    """A home with a bucket and a database of its own, to which the environment now points.

    Args:
        tables: the only contracts, in a database without rights and policies: a user's takes seconds to make.
    """
    aws_server.point_to(aws, environment)
    own = {"SNOWFLAKE_DATABASE": f"CLOUD_{next(_numbers)}", "SNOWFLAKE_STORAGE_ROLE_ARN": ROLE_ARN}
    for name, value in (server.settings | own | {"SNOWFLAKE_NETWORK_TIMEOUT": "20"}).items():
        environment.setenv(name, value)
    bucket = aws_server.new_bucket()
    places = {"landing_url": f"s3://{bucket}/landing", "ledger_url": f"s3://{bucket}/ledger"}
    made = home("cloud", target="snowflake", **places, **settings)
    vars(made)["contracts"] = tuple(each for each in made.contracts if each.name in tables)
    prepared(server, own["SNOWFLAKE_DATABASE"], made.contracts, places["landing_url"])
    server.clear_journal()
    server.clear_faults()
    return made
