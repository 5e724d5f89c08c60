"""Plan, apply and verify by the command, over the real connector, against the emulator or, with `--live`, an account.

The emulator remembers objects, grants, tags and policies, and enforces none of them; what they mean is shown in
tests/governance, and what they do only by a live account. Locations and networks here are nobody's.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from live_places import Account, point_to
from snowflake_places import administered, snowflake_settings
from snowflake_server import SnowflakeServer
from sql_gate import unparsable
from typer.testing import CliRunner

from healthcare_elt.cli import snowflake


@pytest.fixture
def database(account: Account, own_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """To which the environment now leads, with the plan applied."""
    own = {
        "SNOWFLAKE_STORAGE_ROLE_ARN": "arn:aws:iam::123456789012:role/reader",
        "SNOWFLAKE_ALLOWED_NETWORKS": "203.0.113.0/24",
        "SNOWFLAKE_RAW_TABLES": "csv",
    }
    point_to(monkeypatch, account, own_database, **own)
    monkeypatch.delenv("SNOWFLAKE_STORAGE_INTEGRATION", raising=False)
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(tmp_path))
    monkeypatch.setenv("HEALTHCARE_ELT_LANDING_URL", "s3://landing-bucket/healthcare")
    assert run("apply").exit_code == 0
    return own_database


def run(*arguments: str) -> Result:
    return CliRunner().invoke(snowflake.app, arguments)


def differing() -> list[str]:
    return sorted(difference["what"] for difference in json.loads(run("verify", "--json").stdout))


def test_apply_brings_back_whatever_drifted_but_what_was_granted_beside_the_plan(
    account: Account, database: str
) -> None:
    """All in one, because a plan of three hundred statements takes its time here."""
    assert differing() == []
    bronze, analyst = f"{database}.BRONZE.ICON_HEALTH__", f"{database}_ANALYST"
    drift = (
        f"alter warehouse {database}_LOADING set auto_suspend = 600",
        f"alter table {bronze}PATIENTS modify column BIRTH_DATE set tag {database}.META.PHI = 'none'",
        f"alter table {bronze}PROVIDERS drop column ZIP",
        f"drop external table {database}.RAW.SYNTHEA__PATIENTS__CSV",
        f"grant select on future tables in schema {database}.GOLD to role {analyst}",
    )
    with administered(snowflake_settings(account, database)) as cursor:
        for statement in drift:
            cursor.execute(statement)
    granted = f"select on all tables in {database}.GOLD to {analyst}"
    assert differing() == [
        "column BRONZE.ICON_HEALTH__PATIENTS.BIRTH_DATE: PHI",
        "column BRONZE.ICON_HEALTH__PROVIDERS.ZIP",
        "external table SYNTHEA__PATIENTS__CSV",
        granted,
        f"warehouse {database}_LOADING: auto_suspend",
    ]
    assert run("apply").exit_code == 0
    assert differing() == [granted]
    if isinstance(account, SnowflakeServer):
        sent = [entry["statement"] for entry in account.journal() if database in entry["statement"]]
        assert len(sent) > 400
        assert unparsable(sent) == []
