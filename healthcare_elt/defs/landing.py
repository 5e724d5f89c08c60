"""Landing assets: one per source table, partitioned by delivery date."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg

from healthcare_elt.contracts import Contract
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
from healthcare_elt.landing import Delivery, Landed, Outcome, Rejected, Repeated, Waiting
from healthcare_elt.pipeline.land import LandReport, land_deliveries


def landing_assets(
    system: str, contracts: Sequence[Contract], partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    tables = [contract for contract in contracts if contract.system == system]

    @dg.multi_asset(
        name=f"land_{system}",
        specs=[source_table_spec("landing", contract, {"file"}) for contract in tables],
        can_subset=True,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def land(context: dg.AssetExecutionContext, home: HomeResource):
        selected = selected_tables(context)
        with one_sentence(context):
            report = land_deliveries(
                home.open(),
                dates=selected_dates(context),
                tables=selected,
                run_id=context.run_id,
                on_outcome=lambda outcome: _tell(context, outcome),
            )
        for contract in tables:
            if contract.name in selected:
                key = asset_key("landing", contract)
                add_by_date(context, key, _metadata(report, contract))
                took = {"seconds": round(report.seconds[contract.name], 3)} if contract.name in report.seconds else {}
                yield dg.MaterializeResult(asset_key=key, metadata=took)

    return land


def _tell(context: dg.AssetExecutionContext, outcome: Outcome) -> None:
    match outcome:
        case Landed(delivery):
            context.log.info(f"{delivery.system}.{delivery.table}: {delivery.name} landed")
            for warning in delivery.warnings:
                context.log.warning(f"{delivery.system}.{delivery.table}: {delivery.name}: {warning}")
        case Repeated(file, delivery_id):
            context.log.info(f"{file.contract.name}: {file.name} repeats delivery {delivery_id}")
        case Rejected(_, reason):
            context.log.warning(f"Rejected: {reason}")
        case Waiting():
            context.log.warning(f"{outcome.system}: {outcome.name} {outcome.reason}")


def _metadata(report: LandReport, contract: Contract) -> dict[date, dict[str, object]]:
    """What landing did, by delivery date."""
    found: dict[date, dict[str, Any]] = {}

    def of_day(day: date) -> dict[str, Any]:
        return found.setdefault(day, {"deliveries landed": 0, "bytes": 0, "repeated": 0, "rejected": 0})

    for landed in report.landed:
        if _table(landed.delivery) == contract.name:
            told = of_day(landed.delivery.delivery_date)
            told["deliveries landed"] += 1
            told["bytes"] += landed.delivery.bytes
    for repeated in report.repeated:
        if repeated.file.contract.name == contract.name:
            of_day(repeated.file.delivery_date)["repeated"] += 1
    for rejected in report.rejected:
        if _table(rejected.delivery) == contract.name:
            told = of_day(rejected.delivery.delivery_date)
            told["rejected"] += 1
            told.setdefault("reasons", []).append(rejected.reason)
    return found


def _table(delivery: Delivery) -> str:
    return f"{delivery.system}.{delivery.table}"
