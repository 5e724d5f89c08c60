"""Answers that stand while nothing changes are kept; nothing else is believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthcare_elt.warehouse.cost import Cost, costs_by_asset
from healthcare_elt.warehouse.standing import Rows, StandingAnswers

SQL = "select delivery_id from meta.load_log"


class Database:
    """Answers with how often it was asked."""

    asked = 0

    def __call__(self) -> Rows:
        self.asked += 1
        return [{"answer": self.asked}]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "answers.json"


def test_the_database_is_asked_once_while_its_token_stays_the_same(file: Path) -> None:
    database = Database()
    answers = [StandingAnswers(file, "acme/CARE").rows(SQL, "1", database) for _ in range(3)]
    assert answers == [[{"answer": 1}]] * 3


def test_it_is_asked_again_after_a_change_for_another_query_and_in_another_database(file: Path) -> None:
    database = Database()
    asked = [("acme/CARE", SQL, "1"), ("acme/CARE", SQL, "2"), ("acme/CARE", "select 1", "2"), ("acme/TEST", SQL, "2")]
    answers = [StandingAnswers(file, name).rows(sql, token, database) for name, sql, token in asked]
    assert answers == [[{"answer": number}] for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"database": "acme/CARE"}', "\x00"])
def test_a_damaged_file_is_no_answer_and_is_made_anew(file: Path, damage: str) -> None:
    database, answers = Database(), StandingAnswers(file, "acme/CARE")
    answers.rows(SQL, "1", database)
    file.write_text(damage)
    assert answers.rows(SQL, "1", database) == answers.rows(SQL, "1", database) == [{"answer": 2}]


def test_where_nothing_can_be_kept_the_database_is_asked_each_time(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    database, answers = Database(), StandingAnswers(tmp_path / "data" / "answers.json", "acme/CARE")
    assert [answers.rows(SQL, "1", database) for _ in range(2)] == [[{"answer": 1}], [{"answer": 2}]]


def test_costs_are_added_up_by_asset_and_only_of_the_run_that_was_asked_for() -> None:
    def row(tag: str, statements: int) -> dict[str, object]:
        return {"query_tag": tag, "statements": statements, "bytes_scanned": None, "milliseconds": 500}

    rows = [
        row('{"run": "r1", "asset": "bronze/a", "delivery": "d1"}', 2),
        row('{"run": "r1", "asset": "bronze/a", "delivery": "d2"}', 3),
        row('{"run": "r1", "asset": "bronze/b"}', 1),
        row('{"run": "r2", "asset": "bronze/a", "delivery": "of r1"}', 9),
    ]
    assert costs_by_asset(rows, "r1") == {"bronze/a": Cost(5, 0, 1.0), "bronze/b": Cost(1, 0, 0.5)}
