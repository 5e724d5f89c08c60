"""Rows that are classified in slices of their keys get the classes that they get all at once."""

from __future__ import annotations

import pytest

from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.sample import write_sample
from healthcare_elt.settings import Settings
from healthcare_elt.transform import project
from healthcare_elt.transform.project import dbt_vars

ROWS_AT_ONCE = 40
BY_ORDER_OF_WORK = ("_arrival",)
SILVER = "path:models/silver/icon_health"


def _take(home, dates=None) -> None:
    land_deliveries(home, dates=dates, run_id="run")
    load_deliveries(home, dates=dates, run_id="run")
    results = transform(home, select=[SILVER], run_id="run")
    assert {result.status for result in results} <= {"success", "pass"}


def _in_slices(settings: Settings) -> dict[str, object]:
    return dbt_vars(settings) | {"rows_classified_at_once": ROWS_AT_ONCE}


def test_slices_give_the_tables_that_the_whole_gives(home, contents, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = home("whole")
    with whole.warehouse():  # or it would begin with all tables, empty, which the other, of other variables, does not
        pass
    write_sample(whole.settings.inbox, whole.settings.data / "truth.json", days=3, patients=100)
    _take(whole)
    expected = contents(whole, "silver", without=BY_ORDER_OF_WORK)

    sliced = home("sliced")
    write_sample(sliced.settings.inbox, sliced.settings.data / "truth.json", days=3, patients=100)
    monkeypatch.setattr(project, "dbt_vars", _in_slices)
    first, *later = sorted(pending(sliced))
    _take(sliced, {first})
    _take(sliced, set(later))
    assert max(map(len, expected.values())) > 5 * ROWS_AT_ONCE
    assert contents(sliced, "silver", without=BY_ORDER_OF_WORK) == expected
