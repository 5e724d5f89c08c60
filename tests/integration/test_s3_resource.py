"""Dagster and S3: its own resource where a home has something there, and nothing of AWS where it has not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from aws_server import AwsServer
from dagster_aws.s3 import S3Resource

from healthcare_elt.aws.client import client
from healthcare_elt.defs.resources import home_resource
from healthcare_elt.pipeline.home import Home

MakeHome = Callable[..., Home]


def test_assets_work_with_the_client_of_dagsters_resource_which_is_like_that_of_the_commands(
    home: MakeHome, aws: AwsServer
) -> None:
    made = home(landing_url="s3://some-bucket/landing", ledger_url="s3://some-bucket/ledger")
    resource = home_resource(made.settings)
    assert isinstance(resource.s3, S3Resource)
    ours = resource.open()
    assert ours.zone.place.client is ours.ledger.store.place.client is ours.s3
    built, expected = ours.s3.meta, client("s3").meta
    assert (built.endpoint_url, built.region_name) == (expected.endpoint_url, expected.region_name)
    for option in ("retries", "connect_timeout", "read_timeout"):
        assert getattr(built.config, option) == getattr(expected.config, option)


def test_a_home_of_folders_imports_nothing_of_aws(home: MakeHome) -> None:
    home()
    script = (
        "import sys; from healthcare_elt.defs.build import home_resource; "
        "from healthcare_elt.settings import load_settings; "
        "home = home_resource(load_settings()).open(); home.zone.clean(); home.ledger.events(); "
        "sys.exit(sorted({'boto3', 'botocore', 'dagster_aws'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
