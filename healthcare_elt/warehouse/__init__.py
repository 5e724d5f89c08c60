"""The warehouse: bronze tables, and the load log that decides what is loaded.

Here belongs what is done to a warehouse from Python: preparing it, loading deliveries, asking it. Everything from
silver on is SQL in dbt_project. What happened to a delivery is remembered in `ledger`.
"""

from healthcare_elt.warehouse.duckdb_warehouse import DuckDBWarehouse
from healthcare_elt.warehouse.errors import LoadError, WarehouseError, WarehouseLocked
from healthcare_elt.warehouse.load_log import LoadLogEntry
from healthcare_elt.warehouse.outcome import Loaded, Outcome, Unreadable
from healthcare_elt.warehouse.warehouse import Warehouse

__all__ = [
    "DuckDBWarehouse",
    "LoadError",
    "LoadLogEntry",
    "Loaded",
    "Outcome",
    "Unreadable",
    "Warehouse",
    "WarehouseError",
    "WarehouseLocked",
]
