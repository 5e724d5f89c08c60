"""What the commands say of a home in words: what lies in it, what is late, what waits, and what to do next."""

from __future__ import annotations

import pytest
from click.testing import Result
from typer.testing import CliRunner

from healthcare_elt.cli.app import app


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


@pytest.mark.parametrize("name", ["run", "backfill"])
def test_help_shows_a_date_as_people_write_it(home, name: str) -> None:
    home()
    said = command(name, "--help").output
    assert said.count("YYYY-MM-DD") == 2
    assert "%Y" not in said
    said = command(name, "--from", "1.2.2026", "--to", "2026-01-02")
    assert (said.exit_code, "'1.2.2026' is no date; write it as YYYY-MM-DD." in said.output) == (2, True)
