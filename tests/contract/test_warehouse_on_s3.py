"""A warehouse of this machine loads deliveries that are in S3, of every format and in every way it has of reading."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_places import s3_zone
from test_warehouse import Plan, parquet

from healthcare_elt.aws.client import client
from healthcare_elt.warehouse import DuckDBWarehouse, Loaded, LoadError, Unreadable, duckdb_load
from healthcare_elt.warehouse.bronze import Batch
from healthcare_elt.warehouse.near import near

DAYS = "patients_2026-01-02", "patients_2026-01-03"


@pytest.fixture
def plan(s3_root: str, tmp_path: Path) -> Iterator[Plan]:
    with DuckDBWarehouse(tmp_path / "w.duckdb") as warehouse:
        plan = Plan(tmp_path, warehouse)
        plan.zone = s3_zone(s3_root, tmp_path)
        yield plan


@pytest.mark.parametrize(
    ("extension", "contents"),
    [
        ("csv", (b"id,name\n1,a\n", b"id,name\n2,b\n")),
        ("csv.gz", (gzip.compress(b"id,name\n1,a\n"), gzip.compress(b"id,name\n2,b\n"))),
        ("ndjson", (b'{"id": 1, "name": "a"}\n', b'{"id": 2, "name": "b"}\n')),
        ("json", (b'[{"id": 1, "name": "a"}]', b'[{"id": 2, "name": "b"}]')),
        ("parquet", (parquet({"id": [1], "name": ["a"]}), parquet({"id": [2], "name": ["b"]}))),
        ("csv", (b"id,name\n1,a\n", b"id;name\n2;b\n")),
    ],
    ids=["csv", "csv.gz", "ndjson", "json", "parquet", "two dialects"],
)
def test_two_deliveries_are_loaded_from_s3(plan: Plan, extension: str, contents: tuple[bytes, bytes]) -> None:
    deliveries = [plan.deliver(f"{day}.{extension}", content) for day, content in zip(DAYS, contents, strict=True)]
    assert sorted(plan.load(*deliveries), key=str) == sorted((Loaded(d.delivery_id, 1, 0) for d in deliveries), key=str)
    assert plan.bronze() == [("1", "a"), ("2", "b")]


def test_a_file_that_is_not_utf_8_and_one_with_broken_quotes_are_mended_on_this_machine(plan: Plan) -> None:
    latin = plan.deliver(f"{DAYS[0]}.csv", "id,name\n1,Zoë\n".encode("latin-1"))
    broken = plan.deliver(f"{DAYS[1]}.csv", b'id,name\n2,"b\n3,c\n')
    plan.load(latin, broken)
    assert plan.bronze() == [("1", "Zoë"), ("3", "c")]
    assert [raw for _, raw, _ in plan.rejects()] == ['2,"b']


def test_no_copy_of_a_delivery_outlives_its_load(plan: Plan, tmp_path: Path) -> None:
    plan.deliver_and_load(b"id,name\n1,a\n")
    assert not list(tmp_path.rglob("*.csv"))


def test_the_copies_of_a_batch_are_gone_before_the_next_is_copied(plan: Plan, tmp_path: Path) -> None:
    delivery = plan.deliver(f"{DAYS[0]}.csv", b"id,name\n1,a\n")
    with near(plan.zone, [delivery], tmp_path / "work") as copies:
        assert Path(copies.uri(delivery.landing_key)).read_bytes() == b"id,name\n1,a\n"
    assert not list((tmp_path / "work").rglob("*.csv"))


def test_nine_days_are_loaded_at_once_with_each_row_in_its_place(plan: Plan) -> None:
    contents = {f"patients_2026-01-{day:02}.csv": f"id,name\n{day},a\n".encode() for day in range(1, 10)}
    deliveries = [plan.deliver(name, content) for name, content in contents.items()]
    assert len(plan.load(*deliveries)) == 9
    assert plan.bronze("id, _row_number") == [(str(day), 1) for day in range(1, 10)]


def test_a_damaged_file_in_s3_keeps_no_other_from_loading(plan: Plan) -> None:
    good = plan.deliver(f"{DAYS[0]}.csv.gz", gzip.compress(b"id,name\n1,a\n"))
    bad = plan.deliver(f"{DAYS[1]}.csv.gz", gzip.compress(b"id,name\n2,b\n"))
    with plan.zone.open(bad.landing_key) as file:
        content = file.read()
    client("s3").put_object(**plan.zone.place.target(bad.landing_key), Body=content[:-9])
    outcomes = {outcome.delivery_id: outcome for outcome in plan.load(good, bad)}
    assert outcomes[good.delivery_id] == Loaded(good.delivery_id, 1, 0)
    assert isinstance(outcomes[bad.delivery_id], Unreadable)


def test_a_delivery_that_somebody_removed_from_s3_is_named_after_all_others_are_loaded(plan: Plan) -> None:
    gone = plan.deliver(f"{DAYS[0]}.csv", b"id,name\n1,a\n")
    there = plan.deliver(f"{DAYS[1]}.csv", b"id,name\n2,b\n")
    client("s3").delete_object(**plan.zone.place.target(gone.landing_key))
    with pytest.raises(LoadError, match="missing from the landing zone; restore it"):
        plan.load(gone, there)
    assert plan.bronze() == [("2", "b")]


def test_one_damaged_file_among_many_costs_its_neighbours_few_transactions(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = gzip.compress(b"id,name\n1,a\n")
    deliveries = [plan.deliver(f"patients_2025-12-{day:02}.csv.gz", content) for day in range(1, 25)]
    client("s3").put_object(**plan.zone.place.target(deliveries[7].landing_key), Body=content[:-9])
    commit, sizes = duckdb_load.Load._committed, []

    def counted(load: duckdb_load.Load, batch: Batch) -> list[Loaded]:
        sizes.append(len(batch.deliveries))
        return commit(load, batch)

    monkeypatch.setattr(duckdb_load.Load, "_committed", counted)
    outcomes = plan.load(*deliveries)
    assert [type(each).__name__ for each in outcomes].count("Unreadable") == 1
    assert sorted(sizes, reverse=True) == [3] * 7 + [1] * 2
