"""Asset checks of data health: what a delivery looks like, told on the bronze asset of its table.

They are evaluated in the run in which dbt has judged a delivery, and only for tables with such a delivery: a run in
which dbt built nothing asks nothing. Where that run has not loaded the table (automation loads in one run and
transforms in another), the step that judged tells. Executed alone, they tell of each table's last deliveries. None of
them blocks: a delivery that differs is loaded like any other, and whoever is on call hears of it. What is computed is
in dbt_project/models/curated/health, and read by `pipeline.health`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from healthcare_elt.contracts import Contract
from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.source_tables import POOL, asset_key, table_of
from healthcare_elt.pipeline.health import last_deliveries
from healthcare_elt.pipeline.health_verdicts import VERDICTS, Verdict, record_told, untold, verdicts
from healthcare_elt.pipeline.home import Home

DRIFT = dg.AssetKey(["curated", "data_drift"])
MADE_BY_DBT = [DRIFT, *(dg.AssetKey(["curated", name]) for name in ("data_health", "delivery_expectations"))]
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
            opened = home.open()
            asked_alone = bool(context.run.asset_check_selection) and not context.run.asset_selection
            if not asked_alone and not _dbt_has_judged(context):
                return
            with opened.lock():
                found = verdicts(opened, last_deliveries(opened) if asked_alone else untold(opened))
        wanted = [verdict for verdict in found if (verdict.table, verdict.check) in selected]
        for verdict in wanted:
            yield dg.AssetCheckResult(**_told(verdict))
        told = {delivery for verdict in wanted for delivery in verdict.deliveries}
        if told and not asked_alone:
            with one_sentence():
                record_told(opened, told)

    return checked


def tell_of_other_runs(context: dg.AssetExecutionContext, home: Home) -> None:
    """Of what dbt has just judged, tell what no check of this run tells, since another run has loaded it.

    Raises:
        HomeLocked, WarehouseError: it is told by the next step that judges.
    """
    selected = context.run.asset_selection
    if selected is None:
        return
    with home.lock():
        found = [each for each in verdicts(home, untold(home)) if _bronze(each) not in selected]
    for verdict in found:
        context.log_event(dg.AssetCheckEvaluation(**_told(verdict)))
    if found:
        record_told(home, {delivery for verdict in found for delivery in verdict.deliveries})


def _dbt_has_judged(context: dg.AssetCheckExecutionContext) -> bool:
    """In this run, or in one that it is a retry of."""
    last = context.instance.get_latest_materialization_event(DRIFT)
    return last is not None and last.run_id in (context.run.run_id, context.run.parent_run_id, context.run.root_run_id)


def _bronze(verdict: Verdict) -> dg.AssetKey:
    return dg.AssetKey(["bronze", *verdict.table.split(".")])


def _told(verdict: Verdict) -> dict[str, Any]:
    """What Dagster is told of it."""
    findings = {"findings": dg.TableMetadataValue(_records(verdict), _schema(verdict))} if verdict.findings else {}
    return {
        "asset_key": _bronze(verdict),
        "check_name": verdict.check,
        "passed": verdict.passed,
        "severity": SEVERITIES[verdict.severity],
        "description": verdict.sentence,
        "metadata": {"deliveries": _concerned(verdict), "marts": ", ".join(verdict.marts), **findings},
    }


def _concerned(verdict: Verdict) -> list[str]:
    """Those that differ, or all that were judged if none does."""
    return list(dict.fromkeys(str(each["delivery"]) for each in verdict.findings)) or list(verdict.deliveries)


def _records(verdict: Verdict) -> list[dg.TableRecord]:
    return [dg.TableRecord(finding) for finding in verdict.findings]


def _schema(verdict: Verdict) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name) for name in verdict.findings[0]])
