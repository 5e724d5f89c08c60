"""Plan, apply and verify by the command, over the real connector, against the emulator.

The emulator remembers objects, grants, tags and policies, and enforces none of them; what they mean is shown in
tests/governance, and what they do only by a live account.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from snowflake_server import SnowflakeServer
from sql_gate import unparsable
from typer.testing import CliRunner

from healthcare_elt.cli import snowflake

DATABASE = "GOVERNED"
ANALYST = f"{DATABASE}_ANALYST"


@pytest.fixture
def server(snowflake_server: SnowflakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SnowflakeServer:
    """The emulator, to which the environment now leads, with the plan applied."""
    own = {
        "HEALTHCARE_ELT_HOME": str(tmp_path),
        "HEALTHCARE_ELT_LANDING_URL": "s3://landing-bucket/healthcare",
        "SNOWFLAKE_DATABASE": DATABASE,
        "SNOWFLAKE_STORAGE_ROLE_ARN": "arn:aws:iam::123456789012:role/reader",
        "SNOWFLAKE_ALLOWED_NETWORKS": "203.0.113.0/24",
        "SNOWFLAKE_RAW_TABLES": "csv",
    }
    for name, value in (snowflake_server.settings | own).items():
        monkeypatch.setenv(name, value)
    assert run("apply").exit_code == 0
    return snowflake_server


def run(*arguments: str) -> Result:
    return CliRunner().invoke(snowflake.app, arguments)


def differing() -> list[str]:
    return sorted(difference["what"] for difference in json.loads(run("verify", "--json").stdout))


def test_apply_brings_back_whatever_drifted_but_what_was_granted_beside_the_plan(server: SnowflakeServer) -> None:
    """All in one, because a plan of three hundred statements takes its time here."""
    assert differing() == []
    bronze = f"{DATABASE}.BRONZE.ICON_HEALTH__"
    drift = (
        f"alter warehouse {DATABASE}_LOADING set auto_suspend = 600",
        f"alter table {bronze}PATIENTS modify column BIRTH_DATE set tag {DATABASE}.META.PHI = 'none'",
        f"alter table {bronze}PROVIDERS drop column ZIP",
        f"drop external table {DATABASE}.RAW.SYNTHEA__PATIENTS__CSV",
        f"grant select on future tables in schema {DATABASE}.GOLD to role {ANALYST}",
    )
    with server.connect() as connection:
        for statement in drift:
            connection.cursor().execute(statement)
    granted = f"select on all tables in {DATABASE}.GOLD to {ANALYST}"
    assert differing() == [
        "column BRONZE.ICON_HEALTH__PATIENTS.BIRTH_DATE: PHI",
        "column BRONZE.ICON_HEALTH__PROVIDERS.ZIP",
        "external table SYNTHEA__PATIENTS__CSV",
        granted,
        f"warehouse {DATABASE}_LOADING: auto_suspend",
    ]
    assert run("apply").exit_code == 0
    assert differing() == [granted]
    sent = [entry["statement"] for entry in server.journal() if DATABASE in entry["statement"]]
    assert len(sent) > 400
    assert unparsable(sent) == []
