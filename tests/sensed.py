"""A home under the delivery sensor, without a daemon: ticks, and runs whose end the test decides.

Here belongs the world around the sensor. What must come of it is in the tests.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import dagster as dg

from healthcare_elt.defs.bronze import bronze_assets
from healthcare_elt.defs.jobs import LOAD_DELIVERIES, load_deliveries_job
from healthcare_elt.defs.killed_runs import KILLED
from healthcare_elt.defs.landing import landing_assets
from healthcare_elt.defs.partitions import daily_partitions
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.sensors import delivery_sensor
from healthcare_elt.defs.source_tables import table_of
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries

SYSTEM = "icon_health"


class Opened(HomeResource):
    """Opens the home of the test, whose systems may state other rules than the project's."""

    def open(self) -> Home:
        made = super().open()
        vars(made).update(CHANGED)
        return made


CHANGED: dict[str, object] = {}


class Sensed:
    """One home, its instance of Dagster, and the sensor as the daemon would ask it."""

    def __init__(self, home: Home, instance: dg.DagsterInstance) -> None:
        self.home = home
        self.instance = instance
        days = daily_partitions(home.settings)
        self._assets = [build(SYSTEM, home.contracts, days) for build in (landing_assets, bronze_assets)]
        self._job = load_deliveries_job(days)
        self.runs: list[dg.DagsterRun] = []
        self.restart()

    def restart(self) -> None:
        """What the sensor kept in memory is gone."""
        sensor = delivery_sensor(self.home.settings, self._job)
        self.definitions = dg.Definitions(
            assets=self._assets,
            jobs=[self._job],
            sensors=[sensor],
            resources={"home": Opened()},
            executor=dg.in_process_executor,
        )
        self._sensor = self.definitions.resolve_sensor_def("delivery_sensor")

    def drop(self, name: str, rows: str = "P1,F,1980-01-01\n", header: str = "patient_id,gender,birth_date") -> None:
        file = self.home.settings.inbox / SYSTEM / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{header}\n{rows}")

    def look(self) -> dg.SensorResult:
        """Ask the sensor, and launch nothing."""
        resources = {"home": Opened()}
        with dg.build_sensor_context(self.instance, resources=resources, definitions=self.definitions) as context:
            return self._sensor.evaluate_tick(context)

    def tick(self) -> list[dg.DagsterRun]:
        """Ask the sensor and launch what it requests."""
        asked = [self._launched(request) for request in self.look().run_requests or ()]
        self.runs += asked
        return asked

    def finish(self, run: dg.DagsterRun) -> None:
        """Do what the run is for, and let it succeed."""
        dates, tables = self.land(run)
        load_deliveries(self.home, dates=dates, tables=tables, run_id=run.run_id)
        self._tell(run, dg.DagsterEventType.RUN_SUCCESS)

    def land(self, run: dg.DagsterRun) -> tuple[set[date], set[str]]:
        """Do the first half of it; the run's dates and tables."""
        first, last = (date.fromisoformat(run.tags[f"dagster/asset_partition_range_{end}"]) for end in ("start", "end"))
        dates = {first + timedelta(days=number) for number in range((last - first).days + 1)}
        tables = {table_of(key) for key in run.asset_selection}
        land_deliveries(self.home, dates=dates, tables=tables, run_id=run.run_id)
        return dates, tables

    def fail(self, run: dg.DagsterRun) -> None:
        self.instance.report_run_failed(run)

    def kill(self, run: dg.DagsterRun) -> None:
        self.instance.add_run_tags(run.run_id, {KILLED: run.run_id})
        self.instance.report_run_failed(run)

    def _launched(self, request: dg.RunRequest) -> dg.DagsterRun:
        run = self.instance.create_run_for_job(
            self.definitions.resolve_job_def(LOAD_DELIVERIES),
            run_id=str(uuid4()),
            tags=request.tags,
            asset_selection=frozenset(request.asset_selection),
        )
        self._tell(run, dg.DagsterEventType.RUN_STARTING)
        return run

    def _tell(self, run: dg.DagsterRun, event: dg.DagsterEventType) -> None:
        self.instance.report_dagster_event(dg.DagsterEvent(event.value, job_name=LOAD_DELIVERIES), run_id=run.run_id)
