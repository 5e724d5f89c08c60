"""All definitions of one home, put together."""

import dagster as dg

from healthcare_elt.defs.bronze import bronze_assets
from healthcare_elt.defs.checks import freshness_checks, freshness_sensor
from healthcare_elt.defs.jobs import daily_elt_job
from healthcare_elt.defs.landing import landing_assets
from healthcare_elt.defs.partitions import daily_partitions
from healthcare_elt.defs.prune import prune_schedules
from healthcare_elt.defs.report import report_asset
from healthcare_elt.defs.resources import home_resource
from healthcare_elt.defs.schedules import daily_elt_schedule
from healthcare_elt.defs.transform import transform_assets
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import Settings
from healthcare_elt.transform.source_models import require_source_models


def build_definitions(settings: Settings) -> dg.Definitions:
    """Everything Dagster shows and runs; raises ContractError or ProjectError for a project that is wrong."""
    contracts = Home(settings).contracts
    require_source_models(contracts, settings.dbt_project / "models")
    days = daily_partitions(settings)
    systems = sorted({contract.system for contract in contracts})
    job = daily_elt_job(days)
    checks = freshness_checks()
    return dg.Definitions(
        assets=[
            *(landing_assets(system, contracts, days) for system in systems),
            *(bronze_assets(system, contracts, days) for system in systems),
            transform_assets(settings),
            report_asset(contracts),
        ],
        asset_checks=checks,
        jobs=[job],
        schedules=[daily_elt_schedule(settings, job), *prune_schedules(settings)],
        sensors=[freshness_sensor(checks)],
        resources={"home": home_resource(settings)},
        executor=dg.in_process_executor,
    )
