"""What landing and bronze assets of a source table have in common."""

from collections.abc import Mapping
from datetime import date

import dagster as dg

from healthcare_elt.contracts import Contract

OWNERS = ["team:data-platform"]
POOL = "home"


def asset_key(layer: str, contract: Contract) -> dg.AssetKey:
    return dg.AssetKey([layer, contract.system, contract.table])


def table_of(key: dg.AssetKey) -> str:
    """The contract's name (`icon_health.patients`) of a landing or bronze asset."""
    return ".".join(key.path[1:])


def source_table_spec(layer: str, contract: Contract, kinds: set[str], **more) -> dg.AssetSpec:
    """An asset of one layer for one source table, with the contract as its metadata."""
    columns = [
        dg.TableColumn(column.name, column.data_type, description=f"{column.description} PHI: {column.phi}.")
        for column in contract.columns
    ]
    return dg.AssetSpec(
        key=asset_key(layer, contract),
        group_name=layer,
        kinds=kinds,
        owners=OWNERS,
        description=contract.description,
        metadata={
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/code_references": dg.CodeReferencesMetadataValue(
                code_references=[dg.LocalFileCodeReference(file_path=str(contract.source_file), label="contract")]
            ),
            "delivers": contract.delivers,
            "key": ", ".join(contract.key),
        },
        **more,
    )


def selected_tables(context: dg.AssetExecutionContext) -> set[str]:
    """Names of contracts (`icon_health.patients`) whose assets are selected."""
    return {table_of(key) for key in context.selected_asset_keys}


def selected_dates(context: dg.AssetExecutionContext) -> set[date]:
    return {date.fromisoformat(key) for key in context.partition_keys}


def add_by_date(
    context: dg.AssetExecutionContext, key: dg.AssetKey, metadata: Mapping[date, Mapping[str, object]]
) -> None:
    """Metadata for the partitions of one asset that had something to tell."""
    for day, told in metadata.items():
        context.add_asset_metadata(told, asset_key=key, partition_key=day.isoformat())
