"""Asset checks that are no dbt test: whether the curated tables are fresh."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from healthcare_elt.defs.switched_on import sensor_status
from healthcare_elt.settings import Settings

CURATED = [dg.AssetKey(["curated", name]) for name in ("provider_performance", "referral_options", "data_health")]
FRESH_FOR = timedelta(hours=36)
"""A day, and half a day for a delivery that is late."""


def freshness_checks() -> Sequence[dg.AssetChecksDefinition]:
    return dg.build_last_update_freshness_checks(
        assets=CURATED, lower_bound_delta=FRESH_FOR, severity=dg.AssetCheckSeverity.WARN
    )


def freshness_sensor(settings: Settings, checks: Sequence[dg.AssetChecksDefinition]) -> dg.SensorDefinition:
    status = sensor_status(settings)
    return dg.build_sensor_for_freshness_checks(freshness_checks=checks, default_status=status)
