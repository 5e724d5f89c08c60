"""What the commands say of rows in quarantine: which table, and what was expected of the cell."""

from __future__ import annotations

import pytest
from example import MakeExample
from typer.testing import CliRunner

from healthcare_elt.cli.app import app
from healthcare_elt.cli.examples import example_of
from healthcare_elt.contracts.column import Column

COLUMNS = (
    {"name": "id", "required": True},
    {"name": "born", "data_type": "date", "phi": "direct"},
    {"name": "seen", "data_type": "date", "date_format": ["%d.%m.%Y", "%Y%m%d"]},
    {"name": "fee", "data_type": "decimal(9,2)"},
)
TYPED = {
    "born": "born is not of its type date, such as 1980-12-31",
    "seen": "seen is not of its type date, such as 31.12.1980 or 19801231",
    "fee": "fee is not of its type decimal(9,2), such as 1.25",
}


def said(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert done.exit_code == 0
    return done.output


def test_a_cell_that_is_not_of_its_type_is_told_with_the_type_and_an_example_and_without_its_value(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract(COLUMNS)
    plan.deliver("members_2026-01-01.csv", "id,born,seen,fee\n1,03.02.1977,1977-02-03,1.999\n")
    plan.run()
    listed, status, shown = said("quarantine", "list"), said("status"), said("quarantine", "show", "plan.members")
    for words in TYPED.values():
        assert words in listed
        assert f"plan.members  {words}" in status
        assert words in shown
    assert "1977" not in listed + status


def test_of_a_column_that_is_text_by_now_the_commands_still_say_what_its_rows_broke(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract(COLUMNS)
    plan.deliver("members_2026-01-01.csv", "id,born,seen,fee\n1,1977-02-03,01.01.2026,free\n")
    plan.run()
    plan.contract((*COLUMNS[:3], {"name": "fee"}))
    commands = ("quarantine", "list"), ("status",), ("quarantine", "show", "plan.members")
    assert all("fee is not of its type" in said(*command) for command in commands)
    plan.run()
    assert said("quarantine", "list") == "Quarantine is empty.\n"


@pytest.mark.parametrize(
    ("data_type", "example"),
    [
        ("integer", "125"),
        ("bigint", "125"),
        ("double", "1.25"),
        ("boolean", "true"),
        ("timestamp", "1980-12-31 23:59:58"),
        ("decimal(9,2)", "1.25"),
        ("decimal(5,0)", "1"),
        ("decimal(2,2)", "0.12"),
    ],
)
def test_the_example_of_a_type_is_of_the_type(data_type: str, example: str) -> None:
    fields = {"name": "n", "description": "One.", "data_type": data_type, "phi": "none"}
    assert example_of(Column(**fields)) == example
    Column(**fields, allowed=[example])
