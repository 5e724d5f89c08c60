"""Which files one COPY reads, and which it leaves to DuckDB."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.snowflake_copy import StagedFile, copy_csv, groups, read_csv


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
