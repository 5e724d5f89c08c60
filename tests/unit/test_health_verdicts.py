"""What a check says that has judged nothing: the cause, and not another one."""

from __future__ import annotations

from datetime import date

import pytest

from healthcare_elt.pipeline import health_verdicts
from healthcare_elt.pipeline.health import Drift, TableHealth

TABLE = "icon_health.patients"
FEW, NO_ROWS = "fewer than three deliveries before it", "no rows, in it or in those before it"
NO_COLUMN = "no column that may be compared has values, in it and in those before it"


@pytest.mark.parametrize(
    ("judged", "whys"),
    [
        ((), {"volume": FEW, "null_rate": FEW, "distribution": FEW}),
        (("volume",), {"null_rate": NO_ROWS, "distribution": NO_ROWS}),
        (("volume", "null_rate"), {"distribution": NO_COLUMN}),
        (("volume", "null_rate", "distribution"), {}),
    ],
)
def test_a_check_that_judges_nothing_says_why(
    home, monkeypatch: pytest.MonkeyPatch, judged: tuple[str, ...], whys: dict[str, str]
) -> None:
    drift = tuple(Drift("d", check, "", "ratio", 7, 0.1, 0.5, False) for check in judged)
    health = TableHealth(TABLE, date(2026, 1, 8), ("d",), 1.0, 9, (), drift, (), ())
    monkeypatch.setattr(health_verdicts, "health_of", lambda home, deliveries: [health])
    told = {each.check: each.sentence for each in health_verdicts.verdicts(home(), {"d"})}
    for check in ("volume", "null_rate", "distribution"):
        note = f" (not judged: {whys[check]})" if check in whys else ""
        assert told[check] == health_verdicts.VERDICTS[check] + note
