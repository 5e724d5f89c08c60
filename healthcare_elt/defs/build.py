"""All definitions of one home, put together."""

import dagster as dg

from healthcare_elt.defs.alerts import alert_sensor
from healthcare_elt.defs.automation import automation_sensor
from healthcare_elt.defs.bronze import bronze_assets
from healthcare_elt.defs.checks import freshness_checks, freshness_sensor
from healthcare_elt.defs.due import due_checks, due_sensor
from healthcare_elt.defs.health_checks import health_checks
from healthcare_elt.defs.jobs import daily_elt_job, load_deliveries_job
from healthcare_elt.defs.killed_runs import killed_runs_sensor
from healthcare_elt.defs.landing import landing_assets
from healthcare_elt.defs.partitions import daily_partitions
from healthcare_elt.defs.prune import prune_schedules
from healthcare_elt.defs.report import report_asset
from healthcare_elt.defs.resources import home_resource
from healthcare_elt.defs.schedules import daily_elt_schedule
from healthcare_elt.defs.sensors import delivery_sensor
from healthcare_elt.defs.transform import transform_assets
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import Settings
from healthcare_elt.transform.source_models import require_source_models


def build_definitions(settings: Settings) -> dg.Definitions:
    """Everything Dagster shows and runs; raises ContractError or ProjectError for a project that is wrong."""
    home = Home(settings)
    contracts = home.contracts
    require_source_models(contracts, settings.dbt_project / "models")
    days = daily_partitions(settings)
    systems = sorted({contract.system for contract in contracts})
    checks, health = freshness_checks(), health_checks(contracts)
    job, load_job, transform = daily_elt_job(days), load_deliveries_job(days, [health]), transform_assets(settings)
    assets = [
        *(landing_assets(system, contracts, days) for system in systems),
        *(bronze_assets(system, contracts, days) for system in systems),
        transform,
    ]
    asset_checks = [*checks, health, *due_checks(home.systems)]
    check_keys = {key for each in [*assets, *asset_checks] for key in each.check_keys}
    return dg.Definitions(
        assets=[*assets, report_asset(contracts, check_keys)],
        asset_checks=asset_checks,
        jobs=[job, load_job],
        schedules=[daily_elt_schedule(settings, job, sorted(transform.keys)), *prune_schedules(settings)],
        sensors=[
            freshness_sensor(settings, checks),
            alert_sensor(settings),
            killed_runs_sensor(settings),
            delivery_sensor(settings, load_job),
            automation_sensor(settings),
            *due_sensor(settings, home.systems),
        ],
        resources={"home": home_resource(settings)},
        executor=dg.in_process_executor,
    )
