"""Asset checks of data health: what a run's deliveries look like, told on the bronze asset of their table.

They are evaluated after dbt has made profiles, drift and expectations, and only for tables of which the run loaded
something. None of them blocks: a delivery that differs is loaded like any other, and whoever is on call hears of it.
What is computed is in dbt_project/models/curated/health, and read by `pipeline.health`.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from healthcare_elt.contracts import Contract
from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.source_tables import POOL, asset_key, table_of
from healthcare_elt.pipeline.health_verdicts import VERDICTS, Verdict, verdicts

MADE_BY_DBT = [dg.AssetKey(["curated", name]) for name in ("data_health", "data_drift", "delivery_expectations")]
SEVERITIES = {"warn": dg.AssetCheckSeverity.WARN, "error": dg.AssetCheckSeverity.ERROR}


def health_checks(contracts: Sequence[Contract]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name="data_health_checks",
        specs=[
            dg.AssetCheckSpec(
                name, asset=asset_key("bronze", contract), description=description, additional_deps=MADE_BY_DBT
            )
            for contract in contracts
            for name, description in VERDICTS.items()
            if name != "expectations" or contract.expectations
        ],
        can_subset=True,
        pool=POOL,
    )
    def checked(context: dg.AssetCheckExecutionContext, home: HomeResource) -> Iterator[dg.AssetCheckResult]:
        selected = {(table_of(key.asset_key), key.name) for key in context.selected_asset_check_keys}
        with one_sentence():
            found = verdicts(home.open(), run_ids=_run_ids(context.run))
        for verdict in found:
            if (verdict.table, verdict.check) in selected:
                yield _result(verdict)

    return checked


def _run_ids(run: dg.DagsterRun) -> set[str]:
    """The run, and those that it is a retry of: what they loaded and did not get to judge is judged here."""
    return {each for each in (run.run_id, run.parent_run_id, run.root_run_id) if each}


def _result(verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["bronze", *verdict.table.split(".")]),
        check_name=verdict.check,
        passed=verdict.passed,
        severity=SEVERITIES[verdict.severity],
        description=verdict.sentence,
        metadata={
            "deliveries": list(verdict.deliveries),
            "marts": ", ".join(verdict.marts),
            **({"findings": dg.TableMetadataValue(_records(verdict), _schema(verdict))} if verdict.findings else {}),
        },
    )


def _records(verdict: Verdict) -> list[dg.TableRecord]:
    return [dg.TableRecord(finding) for finding in verdict.findings]


def _schema(verdict: Verdict) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name) for name in verdict.findings[0]])
