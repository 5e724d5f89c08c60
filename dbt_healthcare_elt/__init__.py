"""dbt's way in to the contracts: every dbt command checks them first.

dbt loads installed modules called `dbt_…` and calls their plugins before it parses, so a wrong contract stops
`dbt parse` with the same sentence as everywhere else. Nothing else belongs here.
"""

from pathlib import Path

from dbt.flags import get_flags
from dbt.plugins.manager import dbtPlugin

from healthcare_elt.contracts import load_contracts


class ContractsPlugin(dbtPlugin):
    """Reads the contracts of the project that dbt is about to parse."""

    def initialize(self) -> None:
        if self.project_name == "healthcare_elt":
            load_contracts(Path(get_flags().PROJECT_DIR or ".") / "models" / "sources")


plugins = [ContractsPlugin]
