"""What Dagster loads: `dg dev`, `dg launch`, dagster-webserver and dagster-daemon all begin here."""

import dagster as dg

from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.failures import one_definition_sentence
from healthcare_elt.settings import load_settings


@dg.definitions
def defs() -> dg.Definitions:
    with one_definition_sentence():
        return build_definitions(load_settings())
