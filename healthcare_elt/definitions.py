"""What Dagster loads: `dg dev`, `dg launch`, dagster-webserver and dagster-daemon all begin here."""

import dagster as dg

from healthcare_elt.alerts.policy_file import load_policy
from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.failures import one_definition_sentence
from healthcare_elt.settings import is_validation, load_settings


@dg.definitions
def defs() -> dg.Definitions:
    with one_definition_sentence():
        settings = load_settings()
        if is_validation():  # elsewhere a broken alerts.yaml stops nothing: the sensor says what is wrong with it
            load_policy(settings)
        return build_definitions(settings)
