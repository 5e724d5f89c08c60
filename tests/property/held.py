"""What a home's tables hold of icon_health, in the oracle's words, beside what the oracle expects there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from delivered_rows import gold, values_of
from feature_oracle import patient_features, provider_procedure_features
from gold_oracle import IconHealth
from history_oracle import Account, Version

from healthcare_elt.contracts import Contract
from healthcare_elt.pipeline.home import Home

Rows = Callable[[str], list[tuple]]
Table = dict[Any, Any]
Compared = dict[str, tuple[Table, Table]]
"""By table, what is found and what is expected."""

MEMBERS = """
    select {natural}, valid_from, valid_to, {columns}, is_inferred
    from gold.{dimension} where source_system = 'icon_health'
"""
FACTS = """
    select {columns}, p.patient_id as patient, p.valid_from as patient_from {more}
    from gold.{fact} as f
    left join gold.dim_patient as p on p.patient_key = f.patient_key and p.source_system is not null
    {joins}
"""
PROVIDER = ", v.provider_id as provider, v.valid_from as provider_from"
WITH_PROVIDER = "left join gold.dim_provider as v on v.provider_key = f.provider_key and v.source_system is not null"
PROVIDER_FEATURES = """
    select npi, cpt, as_of_date, encounters_to_date, adverse_events_to_date, paid_to_date
    from features.provider_procedure_features
"""
PATIENT_FEATURES = """
    select
        f.patient_id, f.as_of_date, f.gender, f.age, encounters_to_date, adverse_events_to_date, paid_to_date,
        last_activity_date
    from features.patient_features as f
"""
NOT_IN_SILVER = """
    select f._delivery_id, f._row_number
    from gold.{fact} as f
    left join silver.icon_health__{table}_rows as r
        on r._delivery_id = f._delivery_id and r._row_number = f._row_number and r._is_current
    where r._delivery_id is null {and_of}
"""
"""From any gold row one can walk to the delivery and row that it came from (P8)."""
SOURCE_OF = {
    "fct_encounter": ("encounters_details", "and f.source_system = 'icon_health'"),
    "fct_adverse_event": ("adverse_events", ""),
    "fct_referral": ("referrals", ""),
}


def differences(home: Home, contracts: Mapping[str, Contract], expected: Mapping[str, Account]) -> dict[str, list]:
    """By table, the first few keys where the home and the oracle differ, with what each says."""
    with home.warehouse(read_only=True) as warehouse:

        def rows(sql: str) -> list[tuple]:
            return [tuple(map(_plain, row.values())) for row in warehouse.rows(sql)]

        compared: Compared = {}
        for name, account in expected.items():
            compared |= _silver(rows, contracts[name], account)
        wanted = gold(dict(expected))
        compared |= _dimensions(rows, wanted) | _facts(rows, wanted) | _features(rows, wanted)
    return {
        name: different[:3]
        for name, (found, wanted) in compared.items()
        if (different := [(key, found.get(key), wanted.get(key)) for key in _unequal(found, wanted)])
    }


def _unequal(found: Table, wanted: Table) -> list:
    return sorted((key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)), key=repr)


def _plain(value: Any) -> Any:
    """The moments of these deliveries are all days."""
    return value.date() if isinstance(value, datetime) else value


def _unique(pairs: Iterable[tuple[Any, Any]]) -> Table:
    """Two rows for one key are told as a list, which equals nothing that is expected."""
    table: Table = {}
    for key, value in pairs:
        table[key] = value if key not in table else [table[key], value]
    return table


def _silver(rows: Rows, contract: Contract, account: Account) -> Compared:
    width = len(contract.key)
    found = rows(
        "select _class, _delivery_date, _arrival, _row_number, _effective_at, _is_deleted, _is_current, "
        f"_first_effective_at, {', '.join((*contract.key, *values_of(contract)))} from silver.{contract.relation}_rows"
    )
    classes = _unique((row[1:4], row[0]) for row in found if row[0] != "tombstone")
    states = _unique(
        ((row[8 : 8 + width], row[4]), (*row[5:8], None if row[5] else row[8 + width :]))
        for row in found
        if row[0] in ("version", "tombstone")
    )
    wanted = {
        (key, day): (said is None, said is not None and (day, said) == states[-1], states[0][0], said)
        for key, states in account.states.items()
        for day, said in states
    }
    return {f"{contract.name} classes": (classes, account.classes), f"{contract.name} states": (states, wanted)}


def _versions(versions: Mapping[Any, list[Version]]) -> Table:
    return {(key, each.valid_from): (each.valid_to, each.values) for key, kept in versions.items() for each in kept}


def _dimensions(rows: Rows, wanted: IconHealth) -> Compared:
    patients = rows(MEMBERS.format(dimension="dim_patient", natural="patient_id", columns="gender, birth_date"))
    providers = rows(MEMBERS.format(dimension="dim_provider", natural="provider_id", columns="provider_name, zip"))
    network = rows("select employer_id, npi, dbt_valid_from, dbt_valid_to from gold.employer_network")
    return {
        "dim_patient": (_unique((row[:2], (row[2], row[3:])) for row in patients), _versions(wanted.dim_patient)),
        "dim_provider": (_unique((row[:2], (row[2], row[3:])) for row in providers), _versions(wanted.dim_provider)),
        "employer_network": (
            _unique(((row[:2], row[2]), (row[3], ())) for row in network),
            _versions(wanted.network),
        ),
    }


def _facts(rows: Rows, wanted: IconHealth) -> Compared:
    of_encounter = {"columns": "f.encounter_id, f.encounter_date", "joins": WITH_PROVIDER}
    encounters = rows(
        FACTS.format(fact="fct_encounter", more=PROVIDER, **of_encounter) + " where f.source_system = 'icon_health'"
    )
    events = rows(FACTS.format(fact="fct_adverse_event", more=f"{PROVIDER}, f.reported_date", **of_encounter))
    columns = "f.patient_id, f.cpt, f.referral_date"
    referrals = rows(FACTS.format(fact="fct_referral", columns=columns, more=", f.is_open", joins=""))
    lost = {
        fact: tuple(rows(NOT_IN_SILVER.format(fact=fact, table=table, and_of=condition)))
        for fact, (table, condition) in SOURCE_OF.items()
    }
    return {
        "rows that facts name and silver does not hold": (lost, {fact: () for fact in SOURCE_OF}),
        "fct_encounter": (
            _unique((row[0], (_key(*row[2:4]), _key(*row[4:6]), row[1])) for row in encounters),
            wanted.fct_encounter,
        ),
        "fct_adverse_event": (
            _unique((row[0], (_key(*row[2:4]), _key(*row[4:6]), row[1], row[6])) for row in events),
            wanted.fct_adverse_event,
        ),
        "fct_referral": (
            _unique((row[:2], (_key(*row[3:5]), row[2], row[5])) for row in referrals),
            wanted.fct_referral,
        ),
    }


def _features(rows: Rows, wanted: IconHealth) -> Compared:
    return {
        "provider_procedure_features": (
            _unique((row[:3], row[3:]) for row in rows(PROVIDER_FEATURES)),
            provider_procedure_features(wanted),
        ),
        "patient_features": (
            _unique((row[:2], row[2:]) for row in rows(PATIENT_FEATURES)),
            patient_features(wanted),
        ),
    }


def _key(member: Any, valid_from: Any) -> tuple | None:
    return None if member is None else (member, valid_from)
