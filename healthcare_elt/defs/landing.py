"""Landing assets: one per source table, partitioned by delivery date."""

from collections.abc import Sequence
from datetime import date

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
                add_by_date(context, key, {day: _metadata(report, contract, day) for day in _days(report, contract)})
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


def _metadata(report: LandReport, contract: Contract, day: date) -> dict[str, object]:
    landed = [o.delivery for o in report.landed if _is(o.delivery, contract, day)]
    rejected = [o for o in report.rejected if _is(o.delivery, contract, day)]
    repeated = [o for o in report.repeated if o.file.contract.name == contract.name and o.file.delivery_date == day]
    return {
        "deliveries landed": len(landed),
        "bytes": sum(delivery.bytes for delivery in landed),
        "repeated": len(repeated),
        "rejected": len(rejected),
        **({"reasons": [o.reason for o in rejected]} if rejected else {}),
    }


def _days(report: LandReport, contract: Contract) -> set[date]:
    deliveries = [o.delivery for o in (*report.landed, *report.rejected)]
    files = [o.file for o in report.repeated]
    return {d.delivery_date for d in deliveries if _table(d) == contract.name} | {
        file.delivery_date for file in files if file.contract.name == contract.name
    }


def _is(delivery: Delivery, contract: Contract, day: date) -> bool:
    return _table(delivery) == contract.name and delivery.delivery_date == day


def _table(delivery: Delivery) -> str:
    return f"{delivery.system}.{delivery.table}"
