"""The benchmark's limit does the platform's job: the same deliveries come to the same rows."""

from __future__ import annotations

from benchmarks import deliveries, process
from benchmarks.equality import differences
from benchmarks.runners import inbox, limit
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform

DAYS = (1, 2, 3)


def test_the_hand_written_script_and_the_platform_come_to_the_same_rows(home, tmp_path):
    plan = deliveries.Plan(2000, dirty=10)
    ours = home()
    for day in DAYS:
        deliveries.write_day(plan, day, ours.settings.inbox)
        deliveries.write_day(plan, day, inbox(tmp_path / "limit"))
        process.cost_of(limit.command(tmp_path / "limit", str(deliveries.day_date(day))))

    land_deliveries(ours, run_id="run")
    load_deliveries(ours, run_id="run")
    list(transform(ours, run_id="run"))

    assert differences(limit.warehouse(tmp_path / "limit"), ours.settings.warehouse) == {}
