"""The exports of Synthea's versions differ in their columns; one contract takes them all, by header name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform


@dataclass(frozen=True)
class Export:
    """One row of a table as a version of Synthea writes it."""

    table: str
    header: str
    row: str
    silver: dict[str, str | None]
    """What silver holds of it, as text."""
    line_end: str = field(default="\n")

    @property
    def text(self) -> bytes:
        return f"{self.header}{self.line_end}{self.row}{self.line_end}".encode()


EXPORTS = {
    "patients, early": Export(
        "patients",
        "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,"
        "ADDRESS,CITY,STATE,COUNTY,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE",
        "p1,1980-02-03,,999-1,,,Ms.,Ann1,Bee2,,,S,white,nonhispanic,F,Boston,1 Main,Quincy,Massachusetts,"
        "Norfolk,02169,42.1,-71.2,10.50,3.20",
        {"id": "p1", "first": "Ann1", "last": "Bee2", "middle": None, "fips": None, "zip": "02169", "income": None},
    ),
    "patients, with MIDDLE, FIPS and INCOME, and CRLF": Export(
        "patients",
        "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,"
        "ADDRESS,CITY,STATE,COUNTY,FIPS,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE,INCOME",
        "p1,1980-02-03,,999-1,,,Ms.,Ann1,Cee3,Bee2,,,S,white,nonhispanic,F,Boston,1 Main,Quincy,Massachusetts,"
        "Norfolk,25021,02169,42.1,-71.2,10.50,3.20,100",
        {"id": "p1", "first": "Ann1", "last": "Bee2", "middle": "Cee3", "fips": "25021", "income": "100.00"},
        "\r\n",
    ),
    "encounters, with one COST": Export(
        "encounters",
        "Id,START,STOP,PATIENT,PROVIDER,ENCOUNTERCLASS,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION",
        "x1,2020-05-06T07:08:09Z,2020-05-06T07:23:09Z,p1,v1,wellness,162673000,General examination,105.37,,",
        {"start": "2020-05-06 07:08:09", "base_encounter_cost": "105.37", "organization": None, "payer": None},
    ),
    "conditions, with SYSTEM before CODE": Export(
        "conditions",
        "START,STOP,PATIENT,ENCOUNTER,SYSTEM,CODE,DESCRIPTION",
        "2020-05-06,,p1,x1,http://snomed.info/sct,444814009,Viral sinusitis",
        {"start": "2020-05-06", "stop": None, "system": "http://snomed.info/sct", "code": "444814009"},
    ),
    "conditions, without SYSTEM": Export(
        "conditions",
        "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION",
        "2020-05-06,2020-05-20,p1,x1,444814009,Viral sinusitis",
        {"stop": "2020-05-20", "system": None, "code": "444814009"},
    ),
    "procedures, with one DATE and COST": Export(
        "procedures",
        "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION",
        "2020-05-06T07:08:09Z,p1,x1,76601001,Intramuscular injection,8.27,,",
        {"start": "2020-05-06 07:08:09", "stop": None, "base_cost": "8.27"},
    ),
    "procedures, with a day for DATE": Export(
        "procedures",
        "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,COST",
        "2020-05-06,p1,x1,76601001,Intramuscular injection,8.27",
        {"start": "2020-05-06 00:00:00", "reasoncode": None},
    ),
    "providers, with UTILIZATION": Export(
        "providers",
        "Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,LAT,LON,UTILIZATION",
        "v1,o1,Dr. One,F,GENERAL PRACTICE,1 Main,Boston,MA,02108,42.1,-71.2,17",
        {"encounters": "17", "procedures": None, "speciality": "GENERAL PRACTICE"},
    ),
    "payer_transitions, by year": Export(
        "payer_transitions",
        "PATIENT,START_YEAR,END_YEAR,PAYER,OWNERSHIP",
        "p1,2010,2019,y1,Self",
        {"start_date": "2010-01-01 00:00:00", "plan_ownership": "Self", "memberid": None},
    ),
    "payer_transitions, by moment": Export(
        "payer_transitions",
        "PATIENT,MEMBERID,START_DATE,END_DATE,PAYER,SECONDARY_PAYER,PLAN_OWNERSHIP,OWNER_NAME",
        "p1,m1,2010-02-03T04:05:06Z,2011-02-03T04:05:06Z,y1,,Self,Ann1 Bee2",
        {"start_date": "2010-02-03 04:05:06", "plan_ownership": "Self", "memberid": "m1"},
    ),
    "medications, without PAYER": Export(
        "medications",
        "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,COST,DISPENSES,TOTALCOST,REASONCODE,REASONDESCRIPTION",
        "2020-05-06T07:08:09Z,,p1,x1,834061,Penicillin V,5.10,2,10.20,,",
        {"base_cost": "5.10", "dispenses": "2", "payer": None, "stop": None},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def silver(module_home: Callable[..., Home]) -> dict[str, list[dict[str, Any]]]:
    """The valid rows of each export, which are deliveries of one home for days of their own."""
    home = module_home()
    for number, export in enumerate(EXPORTS.values(), start=1):
        path = home.settings.inbox / "synthea" / f"{export.table}_2026-01-{number:02}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(export.text)
    assert not land_deliveries(home, run_id="run").rejected
    load_deliveries(home, run_id="run")
    tables = sorted({export.table for export in EXPORTS.values()})
    list(transform(home, select=[f"synthea__{table}_rows" for table in tables], run_id="run"))
    with home.warehouse(read_only=True) as warehouse:
        return {
            name: warehouse.rows(
                f"select columns(*)::varchar from silver.synthea__{export.table}_rows where _delivery_date = ?",
                (f"2026-01-{number:02}",),
            )
            for number, (name, export) in enumerate(EXPORTS.items(), start=1)
        }


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_of_any_version_is_read_by_its_header_names(
    silver: dict[str, list[dict[str, Any]]], name: str
) -> None:
    (row,) = silver[name]
    assert (row["_class"], row["_reasons"]) == ("version", "")
    assert {column: row[column] for column in EXPORTS[name].silver} == EXPORTS[name].silver
