"""What Dagster's pages show of each source table after a run: how much came, and how long it took."""

from __future__ import annotations

import dagster as dg
import pytest

from healthcare_elt.orchestration import dagster_instance, run_daily_elt
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.transform import ahead

HEADER = "patient_id,gender,birth_date\n"
TABLE = ("icon_health", "patients")


def deliver(home: Home, name: str, rows: str) -> None:
    file = home.settings.inbox / "icon_health" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADER + rows)


def test_deliveries_bytes_rows_and_seconds_of_each_table_are_metadata_of_its_assets(home) -> None:
    made = home()
    deliver(made, "patients_2026-01-02.csv", "P1,F,1980-01-01\nP2,M,1980-01-01\n")
    deliver(made, "again/patients_2026-01-02.csv", "P1,F,1980-01-01\nP2,M,1980-01-01\n")
    deliver(made, "patients_2026-01-03.csv", "P3,F,1980-01-01,more\n")
    for number in (1, 2):
        (made.settings.inbox / "icon_health" / f"patients_{number}_2026-01-03.csv").write_bytes(b"\n" * number)
    size = (made.settings.inbox / "icon_health" / "patients_2026-01-02.csv").stat().st_size
    assert run_daily_elt(made.settings, pending(made), select='key:"landing/*/*" or key:"bronze/*/*"').success
    landed, loaded = told(made, "landing"), told(made, "bronze")
    counted = {"deliveries landed": 1, "bytes": size, "repeated": 1, "rejected": 0}
    assert landed["2026-01-02"].items() > counted.items()
    counted = {"deliveries landed": 1, "repeated": 0, "rejected": 2}
    assert landed["2026-01-03"].items() > counted.items()
    assert [reason.split(" ", 2)[1] for reason in landed["2026-01-03"]["reasons"]] == [
        f"patients_{number}_2026-01-03.csv" for number in (1, 2)
    ]
    counted = {"deliveries loaded": 1, "bytes loaded": size, "rows loaded": 2, "rejects": 0}
    assert loaded["2026-01-02"].items() > counted.items()
    assert loaded["2026-01-03"]["rejects"] == 1
    assert {loaded[day]["dagster/row_count"] for day in loaded} == {2}
    assert landed["2026-01-02"]["seconds"] > 0 < loaded["2026-01-02"]["seconds"]


def test_a_run_reads_ahead_for_its_build_only_if_it_has_something_to_load(
    home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, layers, read = home(), "group:landing or group:bronze or group:reports", []
    monkeypatch.setattr(ahead, "_read", lambda settings, key: read.append(settings.home))
    for name in ("patients_2026-01-02.csv", "again/patients_2026-01-02.csv"):
        monkeypatch.setattr(ahead, "_begun", {})
        deliver(made, name, "P1,F,1980-01-01\n")
        assert run_daily_elt(made.settings, pending(made), select=layers).success
        assert read == [made.settings.home]


def told(home: Home, layer: str) -> dict[str | None, dict[str, object]]:
    """The metadata of the asset, by delivery date."""
    with dagster_instance(home.settings) as instance:
        return {
            record.partition_key: {name: each.value for name, each in record.asset_materialization.metadata.items()}
            for record in instance.fetch_materializations(dg.AssetKey([layer, *TABLE]), limit=10).records
        }
