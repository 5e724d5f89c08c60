"""Whether sensors run from the start, or wait until somebody switches them on in the UI."""

import dagster as dg

from healthcare_elt.settings import Settings


def sensor_status(settings: Settings) -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if settings.automation else dg.DefaultSensorStatus.STOPPED
