"""What each source table promises: the dbt source YAML as validated Python objects.

Here belongs reading and checking contracts. Applying their rules to rows is SQL:
dbt_project/macros/contract.
"""

from healthcare_elt.contracts.column import Column
from healthcare_elt.contracts.contract import Contract
from healthcare_elt.contracts.errors import ContractError
from healthcare_elt.contracts.formats import FORMATS
from healthcare_elt.contracts.load import Sources, load_contracts, load_sources
from healthcare_elt.contracts.system import SourceSystem

__all__ = [
    "FORMATS",
    "Column",
    "Contract",
    "ContractError",
    "SourceSystem",
    "Sources",
    "load_contracts",
    "load_sources",
]
