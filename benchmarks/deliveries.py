"""The deliveries that every runner gets: patients, providers and encounters_details of icon_health, as CSV.

A row is a function of seed, table and number alone: all that is random is taken from an MD5, which every DuckDB has
alike. Day 1 is full; on each later day 2 % of the patients change, 2 % of the providers move, and 1 % more encounters
come.
The `dirty` share of each file's rows, to the row, breaks a rule of its contract. One encounter in a thousand is of a
patient whom no delivery describes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

FIRST_DAY = date(2025, 1, 1)
CPTS = "['27130', '27447', '29806', '29881', '63030']"


@dataclass(frozen=True)
class Plan:
    """How much is delivered: encounters on day 1, percent of rows that break a rule (0 to 50), and the seed."""

    encounters: int
    dirty: int = 1
    seed: int = 1

    def __post_init__(self) -> None:
        if self.encounters < 1000 or not 0 <= self.dirty <= 50:
            raise ValueError("A plan has at least 1000 encounters, and 0 to 50 percent of its rows are dirty.")

    @property
    def patients(self) -> int:
        return self.encounters // 5

    @property
    def providers(self) -> int:
        return max(20, self.encounters // 500)


def day_date(day: int) -> date:
    """The delivery date of a day; the first is 1."""
    return FIRST_DAY + timedelta(days=day - 1)


def write_day(plan: Plan, day: int, inbox: Path) -> None:
    """The three files of one day: all on day 1, what changed and what is new on any later one."""
    new = plan.encounters // 100
    first = 1 if day == 1 else plan.encounters + (day - 2) * new + 1
    _write(inbox, "patients", day, _patients(plan, day, f"i % 50 = {day % 50}" if day > 1 else "true"))
    _write(inbox, "providers", day, _providers(plan, day))
    _write(inbox, "encounters_details", day, encounters(plan, first, first + (plan.encounters if day == 1 else new)))


def write_more(plan: Plan, day: int, rows: int, inbox: Path) -> None:
    """So many encounters that day 1 of the plan does not hold, as the only delivery of a later day."""
    _write(inbox, "encounters_details", day, encounters(plan, plan.encounters + 1, plan.encounters + 1 + rows))


def write_split(plan: Plan, days: int, inbox: Path) -> None:
    """The rows of day 1 as deliveries of as many days, evenly; the providers all on the first."""
    _write(inbox, "providers", 1, _providers(plan, 1))
    for day in range(1, days + 1):
        of_patients, of_encounters = (
            [total * part // days + 1 for part in (day - 1, day)] for total in (plan.patients, plan.encounters)
        )
        _write(inbox, "patients", day, _patients(plan, 1, f"i >= {of_patients[0]} and i < {of_patients[1]}"))
        _write(inbox, "encounters_details", day, encounters(plan, *of_encounters))


def write_rows(inbox: Path, name: str, rows: str) -> None:
    """A file of icon_health with what a query of DuckDB gives.

    Args:
        name: without `.csv`.
    """
    folder = inbox / "icon_health"
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({rows}) to '{folder / f'{name}.csv'}' (header)")


def _write(inbox: Path, table: str, day: int, rows: str) -> None:
    write_rows(inbox, f"{table}_{day_date(day)}", rows)


def _numbered(plan: Plan, table: str, numbers: str, condition: str = "true") -> str:
    """Numbers `i` with two random numbers `h` and `u`, and which fault each has (`fault`, null where it is clean)."""
    return f"""
        select
            i, h, u,
            case when n * {plan.dirty} // 100 > (n - 1) * {plan.dirty} // 100 then (h >> 50) % 4 end as fault
        from (
            select
                i, row_number() over (order by i) as n,
                (md5_number_lower('{plan.seed}/{table}/' || i) >> 1)::bigint as h,
                (md5_number_upper('{plan.seed}/{table}/' || i) >> 1)::bigint as u
            from range({numbers}) as r(i)
            where {condition}
        ) as drawn"""


def _patients(plan: Plan, day: int, condition: str) -> str:
    return f"""
        select
            printf('P%07d', i) as patient_id,
            case when fault = 1 then 'Q' else ['F', 'M', 'X', 'U'][1 + h % 4] end as gender,
            case fault
                when 0 then '1980-13-45'
                when 2 then ''
                when 3 then '1850-01-01'
                else strftime(date '1930-01-01' + (u % 28000)::integer + {day}, '%Y-%m-%d')
            end as birth_date
        from ({_numbered(plan, "patients", f"1, {plan.patients + 1}", condition)}) as numbered
        order by i"""


def _npi(number: str) -> str:
    """The number as an NPI of ten digits: nine, and the check digit of 45 CFR 162.406."""
    base = f"(100000000 + {number} * 7919)"
    terms = []
    for place in range(9):
        digit = f"({base} // {10**place} % 10)"
        terms.append(f"({digit} * 2 // 10 + {digit} * 2 % 10)" if place % 2 == 0 else digit)
    return f"({base} * 10 + (10 - (24 + {' + '.join(terms)}) % 10) % 10)"


def _providers(plan: Plan, day: int) -> str:
    moved = f"list_max(list_filter(range(2, {day + 1}), lambda d: d % 50 = i % 50))"
    return f"""
        select
            case when fault = 0 then '' else 'Practice ' || i end as provider_name,
            case when fault = 1 then {_npi("i")} // 10 * 10 + ({_npi("i")} + 1) % 10 else {_npi("i")} end as npi,
            case
                when fault >= 2 then '12'
                else printf('%05d', 10000 + (h % 80000 + coalesce({moved}, 0) * 37) % 89999)
            end as zip
        from ({_numbered(plan, "providers", f"1, {plan.providers + 1}")}) as numbered
        order by i"""


def encounters(plan: Plan, first: int, end: int) -> str:
    """The query that gives the encounters of these numbers, the last one left out."""
    npis = f"select i as provider, {_npi('i')} as npi from range(1, {plan.providers + 1}) as r(i)"
    patient = f"case when u % 1000 = 0 then {plan.patients} + 1 + h % 1000 else 1 + h % {plan.patients} end"
    return f"""
        select
            printf('E%09d', i) as encounter_id,
            case when fault = 0 then npi // 10 * 10 + (npi + 1) % 10 else npi end as npi,
            case when fault = 1 then '' else printf('P%07d', {patient}) end as patient_id,
            case when fault = 2 then 'ABC' else {CPTS}[1 + (u >> 20) % 5] end as cpt,
            case
                when fault = 3 then 'n/a'
                else printf('%d.%02d', 500 + (u >> 24) % 40000, (u >> 44) % 100)
            end as paid_amount
        from ({_numbered(plan, "encounters", f"{first}, {end}")}) as numbered
        join ({npis}) as npis on provider = 1 + (u >> 8) % {plan.providers}
        order by i"""
