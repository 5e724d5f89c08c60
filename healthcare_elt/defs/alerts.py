"""The sensor that tells of incidents, and the same look for the command line.

Here belongs joining what Dagster knows to what the home knows. What an incident is, who is told and how is in
`healthcare_elt.alerts`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from healthcare_elt.alerts.book import BookBusy
from healthcare_elt.alerts.deliveries import delivery_sources
from healthcare_elt.alerts.policy import Policy
from healthcare_elt.alerts.policy_file import load_policy
from healthcare_elt.alerts.turn import Turn, take_turn, told
from healthcare_elt.defs.failed_runs import count_runs, left_to_do
from healthcare_elt.defs.incidents import dagster_sources
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.switched_on import sensor_status
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.withdraw import withdrawn_among
from healthcare_elt.settings import Settings

EVERY_SECONDS = 30
NO_POLICY = "Nobody is to be told of anything: there is no alerts.yaml in the home (see alerts.example.yaml)."


def alert_sensor(settings: Settings) -> dg.SensorDefinition:
    """Whatever goes wrong in it, it ends within a minute, with a sentence: it fails no run and stops nothing."""
    status = sensor_status(settings)

    @dg.sensor(
        name="alert_sensor",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=status,
        description="Tells of failed runs and checks, and of late, rejected and bad deliveries, as alerts.yaml says.",
    )
    def alert_sensor(context: dg.SensorEvaluationContext, home: HomeResource):
        try:
            checks = context.repository_def.asset_graph.asset_check_keys if context.repository_def else ()
            said = tell_of_incidents(home.open(), context.instance, checks, datetime.now(UTC))
        except Exception as error:
            said = told(error)
        return dg.SkipReason(said)

    return alert_sensor


def tell_of_incidents(
    home: Home, instance: dg.DagsterInstance, checks: Collection[dg.AssetCheckKey], now: datetime
) -> str:
    """One turn; what it came to, in a sentence."""
    policy = load_policy(home.settings)
    if policy is None:
        return NO_POLICY
    try:
        return incident_turn(home, policy, instance, checks, now).sentence()
    except BookBusy as busy:
        return str(busy)


def incident_turn(
    home: Home, policy: Policy, instance: dg.DagsterInstance, checks: Collection[dg.AssetCheckKey], now: datetime
) -> Turn:
    """One turn over everything that can be wrong.

    Raises:
        BookBusy: another process takes its turn.
    """
    of_dagster = dagster_sources(instance, checks, now, partial(left_to_do, home), partial(withdrawn_among, home))
    sources = [*of_dagster, *delivery_sources(home, policy.quarantine_share, now)]
    return take_turn(home, policy, sources, partial(count_runs, instance), now)
