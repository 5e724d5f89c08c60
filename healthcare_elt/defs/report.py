"""The report as an asset: written last in every run, whatever became of the rest."""

from collections.abc import Collection, Sequence
from datetime import datetime

import dagster as dg

from healthcare_elt.contracts import Contract
from healthcare_elt.defs.automation import after
from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.history import read_history
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.source_tables import OWNERS, POOL, asset_key
from healthcare_elt.logs import log
from healthcare_elt.metrics import tell
from healthcare_elt.report import gather, write_page
from healthcare_elt.report.content import Report
from healthcare_elt.settings import Settings

LAST = {"dagster/priority": "-1"}
"""In one process Dagster takes a step of lower priority when no other is ready.

It does not rest on the curated tables: a run that fails, or that only rejects a delivery, builds none of them, and then
the page matters most.
"""


def report_asset(contracts: Sequence[Contract], checks: Collection[dg.AssetCheckKey]) -> dg.AssetsDefinition:
    """
    Args:
        checks: all of the definitions.
    """

    @dg.asset(
        key=["reports", "report"],
        group_name="reports",
        kinds={"html"},
        owners=OWNERS,
        description="One HTML page: what needs attention, deliveries, rows, quarantine, checks, and the time spent.",
        deps=[asset_key("landing", contract) for contract in contracts],
        metadata={
            "dagster/code_references": dg.CodeReferencesMetadataValue(
                code_references=[dg.LocalFileCodeReference(file_path=__file__, label="report")]
            )
        },
        backfill_policy=dg.BackfillPolicy.single_run(),
        automation_condition=after(dg.AssetKey(["curated", "data_health"])),
        op_tags=LAST,
        pool=POOL,
    )
    def report(context: dg.AssetExecutionContext, home: HomeResource) -> dg.MaterializeResult:
        with one_sentence():
            opened = home.open()
            with opened.lock():
                page = gather(opened, read_history(context.instance, opened, checks), datetime.now(opened.settings.tz))
            write_page(page, opened.settings.report)
            tell(page, opened.settings, context.log.warning)
            _log(context.run_id, page, opened.settings)
        worst = [f"- {each.what}: {each.where} {each.text}" for each in page.attention[:10]]
        return dg.MaterializeResult(
            metadata={
                "page": dg.MetadataValue.path(opened.settings.report),
                "address": dg.MetadataValue.url(opened.settings.report.as_uri()),
                "needs attention": len(page.attention),
                **({"what": dg.MetadataValue.md("\n".join(worst))} if worst else {}),
            }
        )

    return report


def _log(run_id: str, page: Report, settings: Settings) -> None:
    """One line for the run as a whole, however it was started."""
    run = next((run for run in page.history.runs if run.run_id == run_id), None)
    if run is not None:
        checks = {f"checks_{result}": run.count(result) for result in ("passed", "warned", "failed")}
        failed = list(run.failed_steps)
        log(
            settings,
            "run_reported",
            "error" if failed else "info",
            run_id=run_id,
            failed_steps=failed or None,
            attention=len(page.attention),
            **checks,
        )
