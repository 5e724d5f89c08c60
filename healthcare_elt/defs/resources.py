"""Resources: the home that every asset works in, with S3 and Snowflake where that home has something there."""

from collections.abc import Callable
from typing import Any

import dagster as dg

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.run_locks import hold
from healthcare_elt.settings import Settings, load_settings
from healthcare_elt.settings_snowflake import Worker


class HomeResource(dg.ConfigurableResource):
    """The home named by HEALTHCARE_ELT_HOME, with the adapters of HEALTHCARE_ELT_TARGET."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        if context.run:
            hold(load_settings(), context.run.run_id)

    def open(self) -> Home:
        settings = load_settings()
        return Home(settings, connect=snowflake_connect(settings))


def snowflake_connect(settings: Settings) -> Callable[[Worker], Any] | None:
    """Opens connections by Dagster's own resource; it is made here, since the UI shows the configuration of others."""
    if settings.target != "snowflake":
        return None
    from dagster_snowflake import SnowflakeResource

    from healthcare_elt.pipeline.places import worker_arguments
    from healthcare_elt.settings_snowflake import load_snowflake_settings
    from healthcare_elt.snowflake.connect import resource_arguments

    snowflake = load_snowflake_settings(settings)
    return lambda worker: SnowflakeResource(**resource_arguments(worker_arguments(snowflake, worker))).get_connection()


def home_resource(settings: Settings) -> HomeResource:
    """What dagster-aws needs is imported only for a home that has something in S3: it takes a second."""
    if not (settings.inbox_url or settings.landing_url or settings.ledger_url):
        return HomeResource()
    from healthcare_elt.defs.s3_home import s3_home_resource

    return s3_home_resource()
