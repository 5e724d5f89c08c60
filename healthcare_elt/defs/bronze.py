"""Bronze assets: one per source table, partitioned by delivery date; every column as text."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg

from healthcare_elt.contracts import Contract
from healthcare_elt.defs.cost import cost_metadata
from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.source_tables import (
    POOL,
    add_by_date,
    asset_key,
    selected_dates,
    selected_tables,
    source_table_spec,
)
from healthcare_elt.pipeline.load import LoadReport, load_deliveries

COUNTED = ("deliveries loaded", "bytes loaded", "rows loaded", "rejects")
"""What is told of a table for each delivery date."""


class LoadConfig(dg.Config):
    """How to load: what is not loaded yet, or everything again from the landing zone."""

    again: bool = False


def bronze_assets(
    system: str, contracts: Sequence[Contract], partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    tables = [contract for contract in contracts if contract.system == system]

    @dg.multi_asset(
        name=f"load_{system}",
        specs=[
            source_table_spec("bronze", contract, {"duckdb", "table"}, deps=[asset_key("landing", contract)])
            for contract in tables
        ],
        can_subset=True,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def load(context: dg.AssetExecutionContext, config: LoadConfig, home: HomeResource):
        selected = selected_tables(context)
        with one_sentence(context):
            report = load_deliveries(
                home.open(),
                dates=selected_dates(context),
                tables=selected,
                run_id=context.run_id,
                again=config.again,
                build_follows=_is_followed_by_build(context.run),
            )
        for _, reason in report.rejected:
            context.log.warning(f"Rejected: {reason}")
        for contract in tables:
            if contract.name in selected:
                key = asset_key("bronze", contract)
                add_by_date(context, key, _metadata(report, contract))
                rows: dict[str, float] = {"dagster/row_count": report.totals[contract.name]}
                if contract.name in report.seconds:
                    rows["seconds"] = report.seconds[contract.name]
                cost = cost_metadata(report.costs.get(key.to_user_string()))
                yield dg.MaterializeResult(asset_key=key, metadata=rows | cost)

    return load


def _is_followed_by_build(run: dg.DagsterRun) -> bool:
    selection = run.asset_selection
    return selection is None or any(key.path[0] not in ("landing", "bronze") for key in selection)


def _metadata(report: LoadReport, contract: Contract) -> dict[date, dict[str, object]]:
    """What was loaded, by delivery date."""
    found: dict[date, dict[str, Any]] = {}
    for delivery, loaded in report.loaded:
        if f"{delivery.system}.{delivery.table}" == contract.name:
            told = found.setdefault(delivery.delivery_date, dict.fromkeys(COUNTED, 0))
            for name, more in zip(COUNTED, (1, delivery.bytes, loaded.rows, loaded.rejects), strict=True):
                told[name] += more
    return found
