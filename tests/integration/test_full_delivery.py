"""A full delivery deletes what it does not hold, but only if it holds something."""

from __future__ import annotations

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform


def deliver(home: Home, day: str, text: str) -> None:
    folder = home.settings.inbox / "icon_health"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"providers_{day}.csv").write_text(text)
    land_deliveries(home, run_id="test")
    load_deliveries(home, run_id="test")
    list(transform(home, select=["+icon_health__providers_current"], run_id="test"))


def current(home: Home) -> list[str]:
    with home.warehouse(read_only=True) as warehouse:
        sql = "select provider_name from silver.icon_health__providers_current order by all"
        return [row["provider_name"] for row in warehouse.rows(sql)]


def test_a_full_delivery_of_ragged_lines_alone_deletes_nothing_and_a_good_one_deletes_what_is_absent(home) -> None:
    made = home()
    deliver(made, "2026-01-02", "provider_name,npi,zip\nNorthgate,1000000004,10001\nBayside,1000000012,10002\n")
    assert current(made) == ["Bayside", "Northgate"]
    deliver(made, "2026-01-03", "provider_name,npi,zip\nNorthgate,1000000004\nBayside,1000000012\n")
    assert current(made) == ["Bayside", "Northgate"]
    deliver(made, "2026-01-04", "provider_name,npi,zip\nBayside,1000000012,10002\n")
    assert current(made) == ["Bayside"]
