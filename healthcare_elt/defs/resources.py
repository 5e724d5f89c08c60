"""Resources: the home that every asset works in, and S3 where that home has its landing zone or ledger there."""

import dagster as dg

from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import Settings, load_settings


class HomeResource(dg.ConfigurableResource):
    """The home named by HEALTHCARE_ELT_HOME, with the adapters of HEALTHCARE_ELT_TARGET."""

    def open(self) -> Home:
        return Home(load_settings())


def home_resource(settings: Settings) -> HomeResource:
    """What dagster-aws needs is imported only for a home that has something in S3: it takes a second."""
    if not (settings.landing_url or settings.ledger_url):
        return HomeResource()
    from healthcare_elt.defs.s3_home import s3_home_resource

    return s3_home_resource()
