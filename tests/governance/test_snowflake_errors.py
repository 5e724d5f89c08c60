"""What is said when Snowflake refuses a statement, and when a setting is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from snowflake.connector.errors import ProgrammingError

from healthcare_elt.pipeline.errors import sentence_of
from healthcare_elt.settings import Settings, SettingsError
from healthcare_elt.settings_snowflake import SnowflakeSettings, load_snowflake_settings
from healthcare_elt.snowflake.errors import told


@pytest.mark.parametrize(
    ("errno", "said", "words"),
    [
        (2003, "SQL compilation error:\nObject 'HEALTHCARE_ELT.BRONZE.X' does not exist or not authorized.",
         "Object HEALTHCARE_ELT.BRONZE.X does not exist or LOADER may not see it; run `healthcare-elt"),
        (2003, "SQL compilation error:\nDatabase 'HEALTHCARE_ELT' does not exist or not authorized.",
         "Database HEALTHCARE_ELT does not exist"),
        (3001, "SQL access control error:\nInsufficient privileges to operate on schema 'BRONZE'.",
         "Role LOADER may not work on schema BRONZE; run `healthcare-elt snowflake verify`"),
        (3167, "Error assuming AWS_ROLE:\nUser: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole",
         "put what `describe integration` says into the role's trust policy"),
        (3127, "Location 's3://x/' is not allowed by integration 'HEALTHCARE_ELT_LANDING'.",
         "Integration HEALTHCARE_ELT_LANDING is not for HEALTHCARE_ELT_LANDING_URL"),
        (606, "No active warehouse selected in the current session.", "Role LOADER has no warehouse"),
        (630, "Statement reached its statement or warehouse timeout of 600 second(s) and was canceled.",
         "ran into the warehouse's time limit"),
        (90073, "Warehouse 'W' cannot be resumed because resource monitor 'M' has exceeded its quota.",
         "raise SNOWFLAKE_MONTHLY_CREDITS"),
        (100038, "Numeric value 'Jane Doe' is not recognized", "error 100038 (22018, query q-1)"),
    ],
)  # fmt: skip
def test_a_refused_statement_is_one_sentence_without_a_value(
    snowflake: SnowflakeSettings, errno: int, said: str, words: str
) -> None:
    error = told(ProgrammingError(msg=said, errno=errno, sqlstate="22018", sfqid="q-1"), snowflake, "LOADER")
    assert words in str(error)
    assert len(str(error).splitlines()) == 1
    assert "Jane Doe" not in str(error)
    assert sentence_of(error, None) == str(error)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., SnowflakeSettings]:
    """`environment(VARIABLE=value)`: settings as they are read from the environment."""
    for name in SnowflakeSettings.model_fields:
        monkeypatch.delenv(f"SNOWFLAKE_{name.upper()}", raising=False)

    def read(**variables: str) -> SnowflakeSettings:
        for name, value in ({"ACCOUNT": "a", "USER": "u"} | variables).items():
            monkeypatch.setenv(f"SNOWFLAKE_{name}", value)
        return load_snowflake_settings(Settings(home=tmp_path, _env_file=None))

    return read


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALLOWED_NETWORKS", "203.0.113.0/24, nowhere", "such as 203.0.113.0/24, separated by commas"),
        ("STORAGE_ROLE_ARN", "healthcare", "pattern"),
        ("ROLE", "etl; drop database x", "pattern"),
        ("WAREHOUSE", "a warehouse", "pattern"),
        ("STORAGE_INTEGRATION", "it's", "pattern"),
        ("MONTHLY_CREDITS", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_told_by_its_variable(
    environment: Callable[..., SnowflakeSettings], variable: str, value: str, words: str
) -> None:
    with pytest.raises(SettingsError, match=f"SNOWFLAKE_{variable} is wrong") as caught:
        environment(**{variable: value})
    assert words in str(caught.value)


def test_names_are_taken_in_any_case(environment: Callable[..., SnowflakeSettings]) -> None:
    snowflake = environment(DATABASE="trial", ROLE="etl", STORAGE_INTEGRATION="s3_int")
    assert (snowflake.database, snowflake.loader_role, snowflake.integration) == ("TRIAL", "ETL", "S3_INT")
    assert snowflake.stage == "TRIAL.META.LANDING_ZONE"
