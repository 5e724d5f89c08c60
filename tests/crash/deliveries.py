"""Small deliveries with every fate, and the account of what must have become of them.

Here belongs what the crash tests put into a home and how they compare homes; how work is stopped is in the tests.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from healthcare_elt.contracts import Contract, load_contracts
from healthcare_elt.ledger import verify
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries

HomeKind = TypeVar("HomeKind", bound=Home)
TABLES = ("icon_health.patients", "icon_health.providers", "icon_health.referrals")
PATIENTS = "patient_id,gender,birth_date\nP1,F,1980-01-01\nP2,M,1975-05-05\nP4,F,1975-13-05\n"
PROVIDERS = "provider_name,npi,zip\nA,1234567893,10001\n"
FILES = {
    "patients_2026-01-02.csv": PATIENTS,
    "patients_again_2026-01-02.csv": PATIENTS,
    "providers_2026-01-02.csv": PROVIDERS,
    "referrals_2026-01-02.csv": "Doe,1980\n",
    "patients_2026-01-03.csv": PATIENTS + "P3,F\n",
    "providers.csv": PROVIDERS,
}
"""A repeat under another name, one without a date, a file without a header, bad values, a line that is no row."""


def of_few_tables(home: HomeKind) -> HomeKind:
    """The home with the contracts of the tables that are delivered alone: tables without deliveries only cost time."""
    vars(home)["contracts"] = _contracts(home.settings.dbt_project / "models" / "sources")
    return home


@cache
def _contracts(folder: Path) -> tuple[Contract, ...]:
    return tuple(each for each in load_contracts(folder) if each.name in TABLES)


def put_all(home: Home) -> None:
    for second, (name, content) in enumerate(FILES.items()):
        path = home.settings.inbox / "icon_health" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        moment = datetime(2026, 1, 5, 6, 0, second, tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))


def land_and_load(home: Home) -> None:
    land_deliveries(home, run_id="run")
    load_deliveries(home, run_id="run")


def account(home: Home) -> dict[str, Any]:
    """Everything that land and load leave behind, but for moments and the names of runs."""
    with home.warehouse(read_only=True) as warehouse:
        log = warehouse.load_log()
        tables = [
            row["name"]
            for row in warehouse.rows(
                "select 'bronze.' || table_name as name from duckdb_tables() where schema_name = 'bronze' order by all"
            )
        ]
        rows = {
            table: warehouse.rows(
                f"select * exclude (_loaded_at) from {table} order by _arrival, "
                f"{'_line_number' if table.endswith('__rejects') else '_row_number'}"
            )
            for table in tables
        }
    nothing: dict[str, Any] = dict.fromkeys(("landed_at", "loaded_at", "rejected_at", "run_id"))
    return {
        "bronze": {table: found for table, found in rows.items() if found},  # a home may begin with all, empty
        "load log": [replace(entry, run_id="", loaded_at=datetime.min) for entry in log],
        "ledger": [replace(state, **nothing) for state in home.ledger.deliveries()],
        "repeats": sorted(event.name for event in home.ledger.events() if event.event == "repeated"),
        "landing zone": list(home.zone.keys()),
        "unfinished": list((home.settings.landing / ".staging").glob("*")),
        "differences": verify(home.ledger, log, home.zone, hashes=True),
    }
