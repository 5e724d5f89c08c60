"""`healthcare-elt snowflake`: what is printed, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from account_connection import Connection
from click.testing import Result
from typer.testing import CliRunner

from healthcare_elt.cli import snowflake
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake import connect

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SnowflakeSettings.model_fields:
        monkeypatch.delenv(f"SNOWFLAKE_{name.upper()}", raising=False)
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(tmp_path))
    (tmp_path / ".env").write_text(
        f"SNOWFLAKE_ACCOUNT=myorg-myaccount\nSNOWFLAKE_USER=DEPLOYER\nSNOWFLAKE_PASSWORD={PASSWORD}\n"
        "HEALTHCARE_ELT_LANDING_URL=s3://landing-bucket/healthcare\n"
        "SNOWFLAKE_STORAGE_ROLE_ARN=arn:aws:iam::123456789012:role/reader\n"
    )


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connection:
    """What every login of the test gets."""
    double = Connection()

    @contextmanager
    def connected(*_: object) -> Iterator[Connection]:
        yield double

    monkeypatch.setattr(connect, "connected", connected)
    return double


def run(*arguments: str) -> Result:
    return CliRunner().invoke(snowflake.app, arguments)


def test_plan_is_a_script_with_a_comment_and_a_role_for_each_group() -> None:
    done = run("plan")
    assert done.exit_code == 0
    blocks = done.stdout.split("\n\n")
    assert len(blocks) == 19
    for block in blocks:
        title, role, *statements = block.strip().splitlines()
        assert title.startswith(("-- account: ", "-- database: "))
        assert role.startswith("use role ")
        assert statements and all(line.endswith(";") for line in statements)


def test_the_two_parts_are_the_whole_and_the_second_needs_no_role_of_the_account_s(connection: Connection) -> None:
    first, second = run("plan", "--part", "account").stdout, run("plan", "--part", "database").stdout
    assert f"{first}\n{second}" == run("plan").stdout
    assert "use role HEALTHCARE_ELT_ADMIN;" in second
    assert not any(f"use role {role};" in second for role in ("ACCOUNTADMIN", "SYSADMIN", "SECURITYADMIN", "USERADMIN"))


def test_plan_connects_to_nothing_and_shows_no_secret() -> None:
    assert PASSWORD not in run("plan").stdout


def test_after_apply_verify_finds_nothing(connection: Connection) -> None:
    applied = run("apply", "--json")
    assert applied.exit_code == 0
    assert {group["role"] for group in json.loads(applied.stdout)} >= {"ACCOUNTADMIN", "HEALTHCARE_ELT_LOADER"}
    verified = run("verify")
    assert (verified.exit_code, verified.stdout) == (0, "myorg-myaccount is as planned.\n")


def test_verify_lists_what_differs_and_exits_with_1(connection: Connection) -> None:
    run("apply")
    connection.account.objects["warehouse"]["HEALTHCARE_ELT_LOADING"]["auto_suspend"] = "600"
    done = run("verify", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == [
        {"what": "warehouse HEALTHCARE_ELT_LOADING: auto_suspend", "found": "600", "planned": "60"}
    ]
    assert "auto_suspend" in run("verify").stdout


def test_what_was_applied_before_a_failure_is_shown(connection: Connection) -> None:
    connection.refused = "create masking policy"
    connection.error = {"msg": "no", "errno": 3001, "sqlstate": "42501"}
    done = run("apply")
    assert done.exit_code != 0
    assert "resource monitor" in done.stdout
    assert "CREATE MASKING POLICY on the schema" in str(done.exception)


def test_a_question_that_snowflake_refuses_is_named(connection: Connection) -> None:
    run("apply")
    connection.refused = "show storage integrations"
    connection.error = {"msg": "syntax error", "errno": 1003, "sqlstate": "42000"}
    done = run("verify")
    assert done.exit_code != 0
    assert str(done.exception).startswith("Asking `show storage integrations` failed: Snowflake says '")


def test_the_plan_is_printed_without_loading_the_connector() -> None:
    script = (
        "import sys; from healthcare_elt.cli import snowflake; snowflake.plan(); "
        "sys.exit('snowflake.connector' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "create database if not exists HEALTHCARE_ELT;" in done.stdout
