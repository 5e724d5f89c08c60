"""Jobs: the whole graph, or its first two layers, for one delivery date or a range of them in one run."""

import dagster as dg

DAILY_ELT = "daily_elt"
LOAD_DELIVERIES = "load_deliveries"
AGAIN_IF_KILLED = {"dagster/max_retries": "1"}
"""Tags of a run that Dagster begins once more if its process dies (dagster.yaml)."""


def daily_elt_job(partitions: dg.PartitionsDefinition):
    return dg.define_asset_job(
        DAILY_ELT,
        selection=dg.AssetSelection.all(),
        partitions_def=partitions,
        description="Inbox to curated tables: land, load and transform what is new for the delivery dates.",
        tags=AGAIN_IF_KILLED,
    )


def load_deliveries_job(partitions: dg.PartitionsDefinition):
    return dg.define_asset_job(
        LOAD_DELIVERIES,
        selection=dg.AssetSelection.groups("landing", "bronze"),
        partitions_def=partitions,
        description="Inbox to bronze: land and load what is new for the delivery dates.",
    )
