"""Which files one COPY reads, which it leaves to DuckDB, and which are merged before it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.batches import MOST_DELIVERIES, batches
from healthcare_elt.warehouse.snowflake_copy import StagedFile, copy_csv, groups, read_csv
from healthcare_elt.warehouse.snowflake_merge import MANY_FILES, SMALL_BYTES, apart


def staged(number: int, *columns: str) -> StagedFile:
    given = dict.fromkeys(field.name for field in fields(Delivery))
    told = {"columns": columns, "delimiter": ",", "quote": '"', "compression": "none", "header": None}
    path = f"raw/{number}.csv"
    return StagedFile(Delivery(**given | told | {"landing_key": path}), path)


def test_no_copy_names_more_than_the_thousand_files_that_snowflake_takes() -> None:
    files = [staged(number, "id", "zip" if number % 5 else "state") for number in range(3000)]
    found = list(groups(file.delivery for file in files))
    assert sorted(map(len, found)) == [400, 600, 1000, 1000]
    assert {len({file.delivery.columns for file in group}) for group in found} == {1}
    assert sorted(file.path for group in found for file in group) == sorted(file.path for file in files)
    assert [copy_csv("STAGE", group).count("raw/") for group in found] == [len(group) for group in found]


class Answers:
    """A session whose COPY says nothing of a file; the emulator's fails instead."""

    def execute(self, sql: str) -> None:
        pass

    def rows(self, sql: str) -> list[dict[str, Any]]:
        if sql.lstrip().startswith("copy"):
            return [{"file": "landing/raw/0.csv", "errors_seen": 0}, {"file": "landing/raw/1.csv", "errors_seen": 2}]
        return [{"file": f"landing/raw/{number}.csv", "doubts": 0} for number in (0, 1)]


def test_a_file_of_which_copy_says_nothing_is_not_taken_for_an_empty_one() -> None:
    files = [staged(number, "id", "zip") for number in range(3)]
    read = read_csv(Answers(), "STAGE", files)  # type: ignore[arg-type]
    assert list(read.names.values()) == files[:1]
    assert list(read.doubtful) == files[1:]


def test_small_deliveries_are_merged_where_they_come_in_masses_and_large_ones_never() -> None:
    def few(number: int, count: int, size: int, *columns: str) -> list[Delivery]:
        return [replace(staged(number + each, *columns).delivery, bytes=size) for each in range(count)]

    mass, large = few(0, MANY_FILES, SMALL_BYTES, "id", "zip"), few(1000, 3, SMALL_BYTES + 1, "id", "zip")
    not_so_many = few(2000, MANY_FILES - 1, 1, "id", "state")
    merged, left = apart([*large, *not_so_many, *mass])
    assert merged == mass
    assert left == [*large, *not_so_many]


def test_no_merged_file_holds_more_deliveries_than_a_statement_of_snowflake_can_name() -> None:
    small = [replace(staged(number, "id", "zip").delivery, bytes=1) for number in range(2 * MOST_DELIVERIES + 1)]
    assert [len(batch) for batch in batches(small)] == [MOST_DELIVERIES, MOST_DELIVERIES, 1]
    assert MOST_DELIVERIES <= 16_384
