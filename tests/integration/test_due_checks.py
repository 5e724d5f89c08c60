"""The asset check `due`: it warns in a run, and without one, and says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg
import pytest
import sensed
from sensed import Opened

from healthcare_elt.contracts import SourceSystem
from healthcare_elt.defs import due
from healthcare_elt.defs.due import due_checks, due_sensor
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.lateness import late_deliveries

NOON = datetime(2026, 1, 3, 12, tzinfo=UTC)
TODAY, YESTERDAY = "2026-01-03", "2026-01-02"
SYSTEM = SourceSystem(name="icon_health", tables=("patients",), due="06:00")


@pytest.fixture
def late(home: Callable[..., Home], monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home at noon, in which yesterday's patients came and today's did not."""
    monkeypatch.setattr(sensed, "CHANGED", {"systems": (SYSTEM,)})
    monkeypatch.setattr(due, "late_deliveries", lambda home, now: late_deliveries(home, NOON))
    made = home()
    deliver(made, YESTERDAY)
    return made


def deliver(home: Home, day: str) -> None:
    file = home.settings.inbox / "icon_health" / f"patients_{day}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("patient_id,gender,birth_date\nP1,F,1980-01-01\n")


def test_a_run_that_takes_the_table_warns_of_what_is_missing(late: Home) -> None:
    @dg.asset(key=["bronze", "icon_health", "patients"])
    def patients() -> None: ...

    definitions = dg.Definitions(
        assets=[patients],
        asset_checks=due_checks([SYSTEM]),
        resources={"home": Opened()},
        executor=dg.in_process_executor,
    )
    for passed in (False, True):
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process()
        (told,) = result.get_asset_check_evaluations()
        assert (told.check_name, told.passed, told.severity) == ("due", passed, dg.AssetCheckSeverity.WARN)
        assert told.metadata["missing dates"].value == ([] if passed else [TODAY])
        deliver(late, TODAY)


def test_a_sensor_tells_the_same_without_a_run_and_only_when_it_changes(late: Home) -> None:
    (sensor,) = due_sensor(late.settings, [SYSTEM])
    cursor = None
    with dg.DagsterInstance.ephemeral() as instance:
        for passed in (False, None, True, None):
            context = dg.build_sensor_context(instance, cursor, resources={"home": Opened()})
            result = sensor.evaluate_tick(context)
            cursor = result.cursor or cursor
            assert [told.passed for told in result.asset_events] == ([] if passed is None else [passed])
            if passed is None:
                deliver(late, TODAY)
            assert not result.run_requests


def test_systems_that_say_no_hour_have_neither_check_nor_sensor(home: Callable[..., Home]) -> None:
    made = home()
    assert not due_checks(made.systems)
    assert not due_sensor(made.settings, made.systems)
