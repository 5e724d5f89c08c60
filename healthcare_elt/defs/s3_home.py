"""The home whose landing zone or ledger is in S3, with Dagster's own S3 resource."""

from dagster_aws.s3 import S3Resource

from healthcare_elt.aws.client import MOST_RETRIES, arguments, built
from healthcare_elt.defs.resources import HomeResource, snowflake_connect
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import load_settings


class S3HomeResource(HomeResource):
    """A home that works in S3 with the client of `s3`, to which what `.env` says is told when it is made."""

    s3: S3Resource

    def open(self) -> Home:
        settings = load_settings()
        s3 = self.s3.model_copy(update=arguments())
        return Home(settings, s3=built(s3.get_client), connect=snowflake_connect(settings))


def s3_home_resource() -> S3HomeResource:
    """Credentials, region and endpoint come from the usual AWS_* variables; Dagster's UI shows no secret."""
    return S3HomeResource(s3=S3Resource(max_attempts=MOST_RETRIES))
