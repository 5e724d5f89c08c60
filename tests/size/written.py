"""Deliveries in bulk, the same every time: one large file, many small ones, a long history.

Here belongs making them quickly. What must become of them is in the tests beside this module.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, delivery_id
from healthcare_elt.ledger import Event
from healthcare_elt.pipeline.home import Home
from healthcare_elt.warehouse.bronze import Batch
from healthcare_elt.warehouse.duckdb_commit import commit
from healthcare_elt.warehouse.duckdb_sql import STAGED

FIRST_DAY = date(2020, 1, 1)
NPIS = ("1000000004", "1072775616", "1066361225")
BYTES_PER_ROW = 180
TABLES = ("patients", "providers", "encounters_details", "adverse_events", "employer_in_network", "referrals")
PER_SEGMENT = 500


def write_large(home: Home, megabytes: int) -> int:
    """One file of encounters with long numbers, a hundred of each patient; how many rows it has."""
    rows = megabytes * 1_000_000 // BYTES_PER_ROW
    patient = f"range % {rows // 100}"
    path = _inbox(home) / f"encounters_details_{FIRST_DAY}.csv"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select
                    format('E{{:011d}}-', range) || md5(range::varchar) || md5((range + 1)::varchar) as encounter_id,
                    {list(NPIS)}[range % {len(NPIS)} + 1] as npi,
                    format('P{{:011d}}-', {patient}) || md5(({patient})::varchar)
                        || md5(({patient} + 1)::varchar) as patient_id,
                    (27000 + range % 900)::varchar as cpt,
                    (range % 100000) / 100.0 as paid_amount
                from range({rows})
            ) to '{path}' (header)
            """
        )
    return rows


def write_days(home: Home, days: int) -> int:
    """Each day a small file of each of six tables; how many files."""
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        for table in TABLES:
            (_inbox(home) / f"{table}_{day}.csv").write_text(_small(table, number))
    return days * len(TABLES)


def _small(table: str, day: int) -> str:
    patient, encounter, npi = f"P{day % 50:06}", f"E{day:08}", NPIS[day % len(NPIS)]
    return {
        "patients": f"patient_id,gender,birth_date\n{patient},F,{1950 + day % 40}-01-01\n",
        "providers": "provider_name,npi,zip\n" + "".join(f"Provider {n},{n},{10000 + day % 7}\n" for n in NPIS),
        "encounters_details": f"encounter_id,npi,patient_id,cpt,paid_amount\n{encounter},{npi},{patient},27130,{day}\n",
        "adverse_events": f"encounter_id\nE{day // 3:08}\n",
        "employer_in_network": f'employer_id,in_network_npis\nACME,"{",".join(NPIS[: 1 + day % 3])}"\n',
        "referrals": "patient_id,gender,birth_date,procedure,zip,employer_id\n"
        f"{patient},F,1950-01-01,27130,10001,ACME\n",
    }[table]


def write_encounter(home: Home, number: int) -> None:
    """One more small delivery, of the day after `number` others."""
    day = FIRST_DAY + timedelta(days=number)
    text = _small("encounters_details", number)
    (_inbox(home) / f"encounters_details_{day}.csv").write_text(text)


def _inbox(home: Home) -> Path:
    folder = home.settings.inbox / "icon_health"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def remember(home: Home, count: int) -> None:
    """A history of `count` deliveries of encounters with two rows each: bronze, load log and ledger, but no files."""
    (contract,) = (each for each in home.contracts if each.name == "icon_health.encounters_details")
    deliveries = [_past(contract, number) for number in range(count)]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with home.lock(), home.warehouse() as warehouse:
        warehouse.prepare(home.contracts)
        connection = warehouse._connection
        connection.execute(
            f"""
            create temp table {STAGED.rpartition(".")[2]} as
            select
                range // 2 as file, format('E{{:08d}}', range) as c1, '{NPIS[0]}' as c2,
                format('P{{:06d}}', range % 500) as c3, '27130' as c4, '1.50' as c5
            from range({2 * count}) order by range
            """
        )
        loaded = commit(connection, contract, Batch(deliveries, ()), "past", now)
    for start in range(0, count, PER_SEGMENT):
        some = slice(start, start + PER_SEGMENT)
        home.ledger.append([Event.of("landed", each, now, run_id="past") for each in deliveries[some]])
        home.ledger.append(
            [
                Event.of("loaded", each, now, rows=outcome.rows, rejects=0, run_id="past")
                for each, outcome in zip(deliveries[some], loaded[some], strict=True)
            ]
        )


def _past(contract: Contract, number: int) -> Delivery:
    """Several a day, so that ten thousand of them lie before the deliveries of `write_encounter`."""
    day, sha256 = FIRST_DAY - timedelta(days=1 + number // 10), f"{number:064x}"
    return Delivery(
        delivery_id=delivery_id(contract.system, contract.table, day, sha256),
        system=contract.system, table=contract.table, delivery_date=day, arrival=number + 1, sha256=sha256, bytes=100,
        name=f"encounters_details_{day}_{number}.csv", landing_key=f"raw/{number}.csv", format="csv",
        compression="none", encoding="utf-8", delimiter=",", columns=contract.column_names, new_columns=(),
        modified_ns=number, warnings=(),
    )  # fmt: skip
