"""What Snowflake refused to dbt is told in a sentence of ours, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthcare_elt.settings import Settings
from healthcare_elt.transform.snowflake_refusal import refusal


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in {"ACCOUNT": "myorg-mine", "USER": "dbt", "DATABASE": "CLINIC"}.items():
        monkeypatch.setenv(f"SNOWFLAKE_{name}", value)
    return Settings(_env_file=None, home=tmp_path, target="snowflake")


def test_a_missing_grant_is_told_with_the_role_that_lacks_it(settings: Settings) -> None:
    said = (
        "Database Error in model patients (models/patients.sql)\n  003001 (42501): 01b2c3: SQL access control error:\n"
        "  Insufficient privileges to operate on schema 'SILVER'"
    )
    assert refusal(settings, ["", said]) == (
        "Role CLINIC_TRANSFORMER may not work on schema SILVER; run `healthcare-elt snowflake verify` "
        "to see which grant is missing."
    )


def test_what_may_quote_a_row_and_what_is_no_error_of_snowflake_are_not_told(settings: Settings) -> None:
    messages = ["100038 (22018): 01b2: Numeric value 'Jane Doe' is not recognized", "Compilation Error in 123456 (x)"]
    assert refusal(settings, messages) is None
