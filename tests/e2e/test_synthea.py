"""Real daily deliveries of the Synthea generator: any order gives the same gold, and gold is what the oracle says.

Here belongs what is shown on real data; the rules themselves are attacked in tests/property.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest
from effort import IS_SOAK
from history_oracle import Delivery, Version, history_of

from healthcare_elt.landing import Delivery as Landed
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform

DAILY = Path(__file__).parents[3] / "shared" / "data" / "synthea_daily"
TABLES = (
    "allergies", "careplans", "conditions", "devices", "encounters", "immunizations", "medications", "organizations",
    "patients", "payer_transitions", "payers", "procedures", "providers",
)  # fmt: skip
TRACKED = ("ADDRESS", "CITY", "COUNTY", "ZIP", "MARITAL", "DEATHDATE")
BY_ORDER_OF_WORK = ("_arrival",)
ORDERS = 10 if IS_SOAK else 1

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not DAILY.is_dir(), reason="the daily Synthea deliveries are not beside this checkout"),
]

Tables = dict[str, list[str]]
MakeHome = Callable[..., Home]


def _deliver(home: Home) -> None:
    for table in TABLES:
        shutil.copytree(DAILY / table, home.settings.inbox / "synthea" / table)


def _transform(home: Home) -> dict[str, str]:
    return {result.name: result.status for result in transform(home, run_id="run")}


@pytest.fixture(scope="module")
def statuses() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def at_once(module_home: MakeHome, statuses: dict[str, str]) -> Home:
    home = module_home("synthea")
    _deliver(home)
    land_deliveries(home, run_id="run")
    load_deliveries(home, run_id="run")
    statuses |= _transform(home)
    return home


def _rows(table: str, day: date | None = None) -> Iterator[dict[str, str | None]]:
    path = DAILY / "_truth" / f"{table}.csv" if day is None else DAILY / table / f"{day}" / f"{table}_{day:%Y%m%d}.csv"
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            yield {name: cell.strip() or None for name, cell in row.items()}


def _days(table: str) -> list[date]:
    return sorted(date.fromisoformat(path.name) for path in (DAILY / table).iterdir())


def test_every_row_is_a_version_but_two_orders_of_one_drug_at_one_price(
    at_once: Home, statuses: dict[str, str]
) -> None:
    delivered = {(row["date"], row["table"]): int(row["rows"] or 0) for row in _rows("delivered_rows")}
    with at_once.warehouse(read_only=True) as warehouse:
        log = {(f"{entry.delivery_date}", entry.table): entry.rows for entry in warehouse.load_log()}
        others = {
            (table, row["_class"]): row["n"]
            for table in TABLES
            for row in warehouse.rows(
                f"select _class, count(*) as n from silver.synthea__{table}_rows where _class <> 'version' group by all"
            )
        }
    assert log == delivered
    assert others == {("medications", "superseded"): 4}
    assert {status for name, status in statuses.items() if not name.startswith("plausible")} <= {"success", "pass"}


def test_the_versions_of_patients_are_those_of_the_oracle(at_once: Home) -> None:
    deliveries = [Delivery(day, 1, list(_rows("patients", day))) for day in _days("patients")]
    expected = history_of(deliveries, "changes", ["Id"], TRACKED)
    with at_once.warehouse(read_only=True) as warehouse:
        rows = warehouse.rows(
            "select patient_id, valid_from, valid_to, address, city, county, zip, marital_status, death_date "
            "from gold.dim_patient where source_system = 'synthea' order by patient_id, valid_from"
        )
    found: dict[tuple, list[Version]] = {}
    for row in rows:
        patient, valid_from, valid_to, *values = row.values()
        values[-1] = values[-1] and values[-1].isoformat()
        version = Version(valid_from.date(), valid_to and valid_to.date(), tuple(values))
        found.setdefault((patient,), []).append(version)
    assert found == expected
    assert sum(map(len, expected.values())) > len(expected)


@pytest.mark.parametrize("table", ["patients", "providers", "organizations"])
def test_the_current_rows_equal_the_final_state_that_the_generator_kept(at_once: Home, table: str) -> None:
    final = {row["Id"]: row for row in _rows(f"final_{table}")}
    with at_once.warehouse(read_only=True) as warehouse:
        # As delivered: bronze text, found from silver by delivery and row (P8).
        current = warehouse.rows(
            f"select b.* from silver.synthea__{table}_current as c join bronze.synthea__{table} as b "
            "on b._delivery_id = c._delivery_id and b._row_number = c._row_number"
        )
    found = {row["id"]: {name: row[name.lower()] for name in final[row["id"]]} for row in current}
    assert found == final


def _random_batches(deliveries: list[Landed], random: Random) -> Iterator[list[Landed]]:
    shuffled = random.sample(deliveries, len(deliveries))
    cuts = sorted(random.sample(range(1, len(shuffled)), random.randint(1, 2)))
    for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
        yield shuffled[start:end]


@pytest.mark.parametrize("seed", range(ORDERS))
def test_any_order_and_batching_gives_the_same_tables(
    at_once: Home, emptied_home: MakeHome, contents: Callable[..., Tables], seed: int
) -> None:
    expected = contents(at_once, without=BY_ORDER_OF_WORK)
    home = emptied_home()
    _deliver(home)
    landed = [outcome.delivery for outcome in land_deliveries(home, run_id="run").landed]
    for batch in _random_batches(landed, Random(seed)):
        for day in {delivery.delivery_date for delivery in batch}:
            tables = {f"{each.system}.{each.table}" for each in batch if each.delivery_date == day}
            load_deliveries(home, dates={day}, tables=tables, run_id="run")
        _transform(home)
    assert contents(home, without=BY_ORDER_OF_WORK) == expected
