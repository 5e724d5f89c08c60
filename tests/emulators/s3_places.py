"""Places in a bucket of the server, as the product opens them, with no more rights than the platform's role has."""

from __future__ import annotations

from pathlib import Path

from aws_policy import PlatformRole

from healthcare_elt.aws.client import client
from healthcare_elt.landing.s3 import S3LandingZone
from healthcare_elt.ledger import Ledger
from healthcare_elt.pipeline import places
from healthcare_elt.settings import Settings


def s3_zone(bucket: str, home: Path, role: PlatformRole | None = None) -> S3LandingZone:
    settings = Settings(_env_file=None, home=home, landing_url=f"s3://{bucket}/landing")
    zone = places.landing_zone(settings, lambda: (role or PlatformRole(bucket)).bind(client("s3")))
    assert isinstance(zone, S3LandingZone)
    return zone


def s3_ledger(bucket: str, home: Path, role: PlatformRole | None = None) -> Ledger:
    settings = Settings(_env_file=None, home=home, ledger_url=f"s3://{bucket}/metadata/ledger")
    return places.ledger(settings, lambda: (role or PlatformRole(bucket)).bind(client("s3")))
