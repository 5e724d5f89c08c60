"""Which gold tables are clustered, and from which size on that is worth its reclustering.

The keys are those of the models (`cluster_by` in dbt_project/models/gold); a test holds this list to them.
"""

from __future__ import annotations

from healthcare_elt.capacity.inputs import Deliveries, Rates

CLUSTERED = {
    "fct_encounter": "encounter_date",
    "fct_condition": "onset_date",
    "fct_medication": "to_date(started_at)",
    "fct_procedure": "to_date(started_at)",
    "fct_immunization": "to_date(given_at)",
}
"""The large facts, by the day on which people filter them."""
WORTH_TERABYTES = 1.0
"""Snowflake's documentation speaks of tables of several terabytes."""


def clustering(deliveries: Deliveries, rates: Rates) -> tuple[float, str]:
    """Terabytes of gold in Snowflake after `keep_days`, and the sentence that follows from it."""
    terabytes = deliveries.gigabytes_per_day * deliveries.keep_days / rates.compression / 1e3
    keys = ", ".join(f"{table} by {key}" for table, key in CLUSTERED.items())
    if terabytes < WORTH_TERABYTES:
        return terabytes, (
            f"None yet: all facts together stay below {WORTH_TERABYTES:g} TB. If AUTOMATIC_CLUSTERING_HISTORY shows "
            "credits, suspend it (`alter table … suspend recluster`)."
        )
    return terabytes, (
        f"As the models have it: {keys}. Leave dimensions, bronze and silver without: they are merged by key or by "
        "delivery, and the order of loading is that of the delivery date."
    )
