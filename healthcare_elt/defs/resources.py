"""Resources: the home that every asset works in."""

import dagster as dg

from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import load_settings


class HomeResource(dg.ConfigurableResource):
    """The home named by HEALTHCARE_ELT_HOME, with the adapters of HEALTHCARE_ELT_TARGET."""

    def open(self) -> Home:
        return Home(load_settings())
