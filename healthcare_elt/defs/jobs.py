"""Jobs: the whole graph, or its first two layers, for one delivery date or a range of them in one run."""

from collections.abc import Sequence

import dagster as dg

from healthcare_elt.defs.killed_runs import MOST_KILLED

DAILY_ELT = "daily_elt"
LOAD_DELIVERIES = "load_deliveries"
AGAIN_IF_KILLED = {"dagster/max_retries": str(MOST_KILLED - 1)}
"""Tags of a run that Dagster's daemon begins again if its process was killed."""


def daily_elt_job(partitions: dg.PartitionsDefinition):
    return dg.define_asset_job(
        DAILY_ELT,
        selection=dg.AssetSelection.all(),
        partitions_def=partitions,
        description="Inbox to curated tables: land, load and transform what is new for the delivery dates.",
        tags=AGAIN_IF_KILLED,
    )


def load_deliveries_job(partitions: dg.PartitionsDefinition, judged_later: Sequence[dg.AssetChecksDefinition] = ()):
    """
    Args:
        judged_later: checks on its assets that are left to the run which transforms.
    """
    return dg.define_asset_job(
        LOAD_DELIVERIES,
        selection=dg.AssetSelection.groups("landing", "bronze") - dg.AssetSelection.checks(*judged_later),
        partitions_def=partitions,
        description="Inbox to bronze: land and load what is new for the delivery dates.",
        tags=AGAIN_IF_KILLED,  # what it had loaded is pending no more, and automation has not heard of it
    )
