"""What the health of some deliveries comes to: one verdict per table and check.

Here belongs putting together what `health` reads, with the severities of the contract. A verdict holds names of
columns, scores, thresholds and ids of deliveries, and no value of any column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from healthcare_elt.contracts import Contract
from healthcare_elt.pipeline.health import Drift, TableHealth, health_of
from healthcare_elt.pipeline.home import Home

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "volume": "As many rows as the deliveries before it have.",
        "null_rate": "No column is empty more or less often than in the deliveries before it.",
        "distribution": "The values of columns that are no PHI are spread as in the deliveries before it (PSI and KS).",
        "expectations": "What the contract expects of each delivery holds.",
        "schema_changes": "The file has the columns of the delivery before it, in their order.",
    }
)
"""Each check, and what it says when it passes."""

MOST_FINDINGS = 50
TOLD = "health_checks"
"""What meta.processed calls the deliveries of which the checks have told."""


@dataclass(frozen=True)
class Verdict:
    """What one check says of the deliveries of one table."""

    table: str
    check: str
    passed: bool
    severity: str
    """warn or error."""
    sentence: str
    deliveries: tuple[str, ...]
    """Ids of all that were judged."""
    marts: tuple[str, ...]
    findings: tuple[dict[str, str | float], ...] = ()
    """What does not pass, the worst first; not more than `MOST_FINDINGS`."""


def untold(home: Home) -> set[str]:
    """Ids of deliveries whose drift is known, and of which no check has told yet."""
    with home.warehouse_if_there() as warehouse:
        if warehouse is None or "meta.processed" not in warehouse.columns("meta"):
            return set()
        found = warehouse.rows(
            "select here.delivery_id from meta.processed as here where here.model = 'data_drift' and not exists ("
            f"select 1 from meta.processed as told where told.model = '{TOLD}' and told.delivery_id = here.delivery_id)"
        )
    return {row["delivery_id"] for row in found}


def verdicts(home: Home, deliveries: Collection[str]) -> list[Verdict]:
    """Of these deliveries, all of one table together; of those without a profile there is none."""
    healths = health_of(home, deliveries=deliveries) if deliveries else []
    return [
        verdict
        for contract in home.contracts
        if (mine := [health for health in healths if health.table == contract.name])
        for verdict in _of_table(contract, mine)
    ]


def record_told(home: Home, deliveries: Collection[str]) -> None:
    """A delivery is told of once, also if a late one changes what it is compared with."""
    values = ", ".join(f"('{TOLD}', '{each}', '')" for each in sorted(deliveries))
    with home.lock(), home.warehouse() as warehouse:
        warehouse.execute(f"insert into meta.processed (model, delivery_id, contract) values {values}")


def _of_table(contract: Contract, healths: Sequence[TableHealth]) -> Iterator[Verdict]:
    marts, ids = healths[0].marts, tuple(each for health in healths for each in health.deliveries)
    drifts = [each for health in healths for each in health.drift]
    for check in ("volume", "null_rate", "distribution"):
        compared = [each for each in drifts if each.check == check]
        findings = [_drift_finding(each) for each in _worst_first(compared)]
        note = "" if compared else f" (not judged: {_why_not_compared(drifts)})"
        yield _verdict(contract, check, contract.drift.severity, ids, marts, findings, note)
    if contract.expectations:
        failed = [each for health in healths for each in health.expectations if not each.has_held]
        severity = "error" if any(each.severity == "error" for each in failed) else "warn"
        findings = [
            {
                "delivery": each.delivery_id,
                "expectation": each.expectation,
                "columns": each.columns,
                "severity": each.severity,
            }
            for each in sorted(failed, key=lambda each: each.severity)
        ]
        yield _verdict(contract, "expectations", severity, ids, marts, findings)
    changes = [each for health in healths for each in health.schema_changes]
    findings = [{"delivery": each.delivery_id, "change": each.sentence} for each in changes]
    yield _verdict(contract, "schema_changes", contract.drift.severity, ids, marts, findings)


def _why_not_compared(drifts: Sequence[Drift]) -> str:
    """The volume is compared with any three deliveries, the share of nulls if there are rows on both sides."""
    judged = {each.check for each in drifts}
    if "volume" not in judged:
        return "fewer than three deliveries before it"
    if "null_rate" not in judged:
        return "no rows, in it or in those before it"
    return "no column that may be compared has values, in it and in those before it"


def _verdict(
    contract: Contract,
    check: str,
    severity: str,
    ids: tuple[str, ...],
    marts: tuple[str, ...],
    findings: Sequence[dict[str, str | float]],
    note: str = "",
) -> Verdict:
    sentence = VERDICTS[check] + note if not findings else _sentence(contract, check, findings)
    return Verdict(contract.name, check, not findings, severity, sentence, ids, marts, tuple(findings[:MOST_FINDINGS]))


def _sentence(contract: Contract, check: str, findings: Sequence[dict[str, str | float]]) -> str:
    deliveries = dict.fromkeys(str(each["delivery"]) for each in findings)
    first = ", ".join(list(deliveries)[:3]) + (" and others" if len(deliveries) > 3 else "")
    return (
        f"{contract.name}: {check} has {len(findings)} finding{'s' * (len(findings) > 1)} in delivery {first}; "
        f"look with `healthcare-elt health {contract.name}`."
    )


def _worst_first(drifts: Sequence[Drift]) -> list[Drift]:
    drifted = [each for each in drifts if each.has_drifted]
    return sorted(drifted, key=lambda each: (-each.score / each.threshold, each.delivery_id, each.column, each.measure))


def _drift_finding(drift: Drift) -> dict[str, str | float]:
    return {
        "delivery": drift.delivery_id,
        "column": drift.column,
        "measure": drift.measure,
        "score": drift.score,
        "threshold": drift.threshold,
        "compared with": drift.compared,
    }
