"""What a home's tables hold of icon_health, in the oracle's words, beside what the oracle expects there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from delivered_rows import gold, values_of
from feature_oracle import patient_features, provider_procedure_features
from gold_oracle import IconHealth
from history_oracle import Account, Version

from healthcare_elt.contracts import Contract
from healthcare_elt.pipeline.home import Home
from healthcare_elt.warehouse import Warehouse

Rows = Callable[[str], list[tuple]]
Table = dict[Any, Any]

MEMBER = "select {natural}, {columns}, is_inferred, valid_from, valid_to from gold.{table} where source_system = 'icon_health'"
FACTS = """
    select {columns}, p.patient_id as member, p.valid_from as member_from {more} from gold.{table} as f
    left join gold.dim_patient as p on p.patient_key = f.patient_key and p.source_system is not null
"""
WITH_PROVIDER = "left join gold.dim_provider as v on v.provider_key = f.provider_key and v.source_system is not null"

NOT_IN_SILVER = {
    fact: f"select f._delivery_id, f._row_number from gold.{fact} as f left join silver.icon_health__{table}_rows as r "
    "on r._delivery_id = f._delivery_id and r._row_number = f._row_number and r._is_current "
    f"where {condition} and r._delivery_id is null"
    for fact, table, condition in (
        ("fct_encounter", "encounters_details", "f.source_system = 'icon_health'"),
        ("fct_adverse_event", "adverse_events", "true"),
        ("fct_referral", "referrals", "true"),
    )
}
"""From any gold row one can walk to the delivery and row that it came from (P8)."""


def differences(home: Home, contracts: Mapping[str, Contract], expected: Mapping[str, Account]) -> dict[str, list]:
    """By table, the first few keys where the home and the oracle differ, with what each says."""
    with home.warehouse(read_only=True) as warehouse:
        rows: Rows = lambda sql: [tuple(map(_plain, row.values())) for row in warehouse.rows(sql)]  # noqa: E731
        tables = {}
        for name, account in expected.items():
            tables |= _silver(rows, contracts[name], account)
        tables |= _gold(rows, gold(dict(expected)))
    return {
        name: different[:3]
        for name, (found, wanted) in tables.items()
        if (different := [(key, found.get(key), wanted.get(key)) for key in _unequal(found, wanted)])
    }


def _unequal(found: Table, wanted: Table) -> list:
    return sorted((key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)), key=repr)


def _plain(value: Any) -> Any:
    """The moments of these deliveries are all days."""
    return value.date() if isinstance(value, datetime) else value


def _unique(pairs: list[tuple[Any, Any]]) -> Table:
    """Two rows for one key are told as a list, which equals nothing that is expected."""
    table: Table = {}
    for key, value in pairs:
        table[key] = value if key not in table else [table[key], value]
    return table


def _silver(rows: Rows, contract: Contract, account: Account) -> dict[str, tuple[Table, Table]]:
    own = ", ".join((*contract.key, *values_of(contract)))
    width = len(contract.key)
    found = rows(
        "select _class, _delivery_date, _arrival, _row_number, _effective_at, _is_deleted, _is_current, "
        f"_first_effective_at, {own} from silver.{contract.relation}_rows"
    )
    kept = [(each[8 : 8 + width], each) for each in found if each[0] in ("version", "tombstone")]
    return {
        f"{contract.name} classes": (
            _unique([(each[1:4], each[0]) for each in found if each[0] != "tombstone"]),
            account.classes,
        ),
        f"{contract.name} states": (
            _unique([((key, each[4]), (each[5], each[6], each[7], None if each[5] else each[8 + width :])) for key, each in kept]),
            {
                (key, day): (said is None, said is not None and (day, said) == states[-1], states[0][0], said)
                for key, states in account.states.items()
                for day, said in states
            },
        ),
    }  # fmt: skip


def _versions(versions: Mapping[Any, list[Version]]) -> Table:
    return {(key, each.valid_from): (each.valid_to, each.values) for key, kept in versions.items() for each in kept}


def _gold(rows: Rows, wanted: IconHealth) -> dict[str, tuple[Table, Table]]:
    patients = rows(MEMBER.format(table="dim_patient", natural="patient_id", columns="gender, birth_date"))
    providers = rows(MEMBER.format(table="dim_provider", natural="provider_id", columns="provider_name, zip"))
    network = rows("select employer_id, npi, dbt_valid_from, dbt_valid_to from gold.employer_network")
    provider = "v.provider_id as provider, v.valid_from as provider_from"
    encounters = rows(
        FACTS.format(table="fct_encounter", columns="f.encounter_id, f.encounter_date", more=f", {provider}")
        + WITH_PROVIDER
        + " where f.source_system = 'icon_health'"
    )
    events = rows(
        FACTS.format(
            table="fct_adverse_event", columns="f.encounter_id, f.encounter_date", more=f", {provider}, f.reported_date"
        )
        + WITH_PROVIDER
    )
    referrals = rows(
        FACTS.format(table="fct_referral", columns="f.patient_id, f.cpt, f.referral_date", more=", f.is_open")
    )
    as_of_npi = rows(
        "select npi, cpt, as_of_date, encounters_to_date, adverse_events_to_date, paid_to_date from features.provider_procedure_features"
    )
    as_of_patient = rows(
        "select f.patient_id, f.as_of_date, f.gender, d.birth_date, encounters_to_date, adverse_events_to_date, paid_to_date, "
        "last_activity_date from features.patient_features as f left join gold.dim_patient as d "
        "on d.source_system = 'icon_health' and d.patient_id = f.patient_id and d.valid_from <= f.as_of_date and (f.as_of_date < d.valid_to or d.valid_to is null)"
    )
    return {
        "rows that facts name and silver does not": ({name: rows(sql) for name, sql in NOT_IN_SILVER.items()}, dict.fromkeys(NOT_IN_SILVER, [])),
        "dim_patient": (_unique([((k, a), (b, tuple(v))) for k, *v, a, b in patients]), _versions(wanted.dim_patient)),
        "dim_provider": (_unique([((k, a), (b, tuple(v))) for k, *v, a, b in providers]), _versions(wanted.dim_provider)),
        "employer_network": (_unique([(((e, n), a), (b, ())) for e, n, a, b in network]), _versions(wanted.network)),
        "fct_encounter": (
            _unique([(k, (_key(p, pf), _key(v, vf), day)) for k, day, p, pf, v, vf in encounters]), wanted.fct_encounter,
        ),
        "fct_adverse_event": (
            _unique([(k, (_key(p, pf), _key(v, vf), day, at)) for k, day, p, pf, v, vf, at in events]),
            wanted.fct_adverse_event,
        ),
        "fct_referral": (
            _unique([((k, cpt), (_key(p, pf), day, is_open)) for k, cpt, day, p, pf, is_open in referrals]), wanted.fct_referral,
        ),
        "provider_procedure_features": (
            _unique([(each[:3], each[3:]) for each in as_of_npi]), provider_procedure_features(wanted),
        ),
        "patient_features": (_unique([(each[:2], each[2:]) for each in as_of_patient]), patient_features(wanted)),
    }  # fmt: skip


def _key(member: Any, valid_from: Any) -> tuple | None:
    return None if member is None else (member, valid_from)
