"""What is particular to the warehouse in a DuckDB file: the file, its lock and the copies beside it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from healthcare_elt.contracts import Column, Contract
from healthcare_elt.landing import Delivery, FolderLandingZone, delivery_id
from healthcare_elt.warehouse import DuckDBWarehouse, Loaded, LoadError, WarehouseError, WarehouseLocked

NOW = datetime(2026, 1, 9, 6, tzinfo=UTC)
PATIENTS = Contract(
    system="plan",
    table="patients",
    description="People.",
    files=["patients*"],
    delivers="changes",
    key=["id"],
    on_new_column="evolve",
    columns=(Column(name="id", description="Number.", data_type="varchar", phi="direct"),),
    source_file=Path("plan.yml"),
)
HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


def store(zone: FolderLandingZone, content: bytes, encoding: str = "utf-8") -> Delivery:
    key, day = "raw/plan/patients/a.csv", date(2026, 1, 2)
    with zone.begin() as staging:
        staging.write(content)
        staging.commit(key)
    return Delivery(
        delivery_id=delivery_id("plan", "patients", day, "0" * 64),
        system="plan",
        table="patients",
        delivery_date=day,
        arrival=1,
        sha256="0" * 64,
        bytes=len(content),
        name="patients.csv",
        landing_key=key,
        format="csv",
        compression="none",
        encoding=encoding,  # type: ignore[arg-type]
        delimiter=",",
        columns=("id",),
        new_columns=(),
        modified_ns=1,
        warnings=(),
    )


def test_a_warehouse_held_by_another_process_says_by_which(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "open\n"
        with pytest.raises(WarehouseLocked, match=rf"is in use by process {holder.pid}; wait for it to end"):
            DuckDBWarehouse(path)
        holder.communicate("\n")
    DuckDBWarehouse(path).close()


def test_a_warehouse_waits_for_the_process_that_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "open\n"
        assert holder.stdin
        holder.stdin.write("\n")
        holder.stdin.flush()
        DuckDBWarehouse(path, lock_timeout_seconds=60).close()


def test_reading_a_warehouse_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"There is no warehouse in .*; run `healthcare-elt run`\."):
        DuckDBWarehouse(tmp_path / "w.duckdb", read_only=True)


def test_a_file_that_is_no_warehouse_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.duckdb").write_bytes(b"something else" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened"):
        DuckDBWarehouse(tmp_path / "w.duckdb")


def test_a_warehouse_never_prepared_has_loaded_nothing(tmp_path: Path) -> None:
    DuckDBWarehouse(tmp_path / "w.duckdb").close()
    with DuckDBWarehouse(tmp_path / "w.duckdb", read_only=True) as warehouse:
        assert warehouse.load_log() == []
        assert warehouse.loaded_ids() == set()


def test_preparing_again_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with DuckDBWarehouse(path) as warehouse:
        warehouse.prepare([PATIENTS])
    before = path.read_bytes()
    with DuckDBWarehouse(path) as warehouse:
        warehouse.prepare([PATIENTS])
    assert path.read_bytes() == before


def test_a_wrong_statement_is_named_and_a_wrong_value_is_not(tmp_path: Path) -> None:
    with DuckDBWarehouse(tmp_path / "w.duckdb") as warehouse:
        with pytest.raises(WarehouseError, match=r"the statement is wrong .*no_such_table"):
            warehouse.rows("select * from no_such_table")
        with pytest.raises(WarehouseError) as error:
            warehouse.execute("select 'SECRET'::integer")
    assert "SECRET" not in str(error.value)
    assert "ConversionException" in str(error.value)


def test_copies_of_deliveries_are_gone_after_the_load_and_those_of_a_killed_one_too(tmp_path: Path) -> None:
    zone = FolderLandingZone(tmp_path / "landing")
    delivery = store(zone, "id\nZoë\n".encode("latin-1"), "latin-1")
    left = tmp_path / ".w.duckdb.loading"
    left.mkdir()
    (left / f"{delivery.delivery_id}-1.csv").write_bytes(b"id\nhalf")
    with DuckDBWarehouse(tmp_path / "w.duckdb") as warehouse:
        warehouse.prepare([PATIENTS])
        loaded = list(warehouse.load(PATIENTS, [delivery], zone, run_id="run", now=NOW))
        assert loaded == [Loaded(delivery.delivery_id, 1, 0)]
        assert warehouse.rows("select id from bronze.plan__patients") == [{"id": "Zoë"}]
    assert not left.exists()


def test_a_landing_zone_whose_path_looks_like_a_pattern_is_read(tmp_path: Path) -> None:
    zone = FolderLandingZone(tmp_path / "la[nd]ing*?'s")
    delivery = store(zone, b"id\n1\n")
    with DuckDBWarehouse(tmp_path / "w.duckdb") as warehouse:
        warehouse.prepare([PATIENTS])
        assert list(warehouse.load(PATIENTS, [delivery], zone, run_id="run", now=NOW)) == [
            Loaded(delivery.delivery_id, 1, 0)
        ]


def test_a_load_into_a_table_that_was_not_prepared_says_so_and_can_be_repeated(tmp_path: Path) -> None:
    zone = FolderLandingZone(tmp_path / "landing")
    delivery = store(zone, b"id\n1\n")
    with DuckDBWarehouse(tmp_path / "w.duckdb") as warehouse:
        with pytest.raises(LoadError, match=r"plan\.patients: delivery .* is not loaded: the statement is wrong"):
            list(warehouse.load(PATIENTS, [delivery], zone, run_id="run", now=NOW))
        warehouse.prepare([PATIENTS])
        assert len(list(warehouse.load(PATIENTS, [delivery], zone, run_id="run", now=NOW))) == 1


def test_what_exceeds_the_memory_limit_goes_to_files_for_the_owner_only_and_they_go_away(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    with DuckDBWarehouse(tmp_path / "w.duckdb", memory_limit="50MB", spill=spill) as warehouse:
        warehouse.execute("create temp table large as select range as n, md5(range::varchar) as t from range(3000000)")
        assert [file for file in spill.rglob("*") if file.is_file()]
        assert spill.stat().st_mode & 0o777 == 0o700
    assert list(spill.iterdir()) == []


def test_what_a_killed_process_left_of_its_spill_is_removed_by_the_next_that_writes(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    left = spill / "writer" / "left.tmp"
    left.parent.mkdir(parents=True)
    left.write_text("of a process that was killed")
    DuckDBWarehouse(tmp_path / "w.duckdb", spill=spill).close()
    assert not left.exists()
