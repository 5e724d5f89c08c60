"""What dbt is told of Snowflake."""

from __future__ import annotations

from pathlib import Path

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.transform.snowflake_profile import profile_variables

SECRET = "a secret that nothing else equals"


def variables(**settings: object) -> dict[str, str]:
    return profile_variables(SnowflakeSettings(account="myorg-mine", user="dbt", **settings))


def test_a_key_goes_before_a_password() -> None:
    told = variables(private_key_file=Path("/keys/dbt.p8"), password=SECRET)
    assert told["HEALTHCARE_ELT_DBT_PRIVATE_KEY_FILE"] == "/keys/dbt.p8"
    assert SECRET not in told.values()
    assert variables(password=SECRET)["DBT_ENV_SECRET_PASSWORD"] == SECRET


def test_a_secret_is_only_in_variables_that_dbt_keeps_out_of_its_logs() -> None:
    told = variables(private_key=SECRET, private_key_passphrase=SECRET)
    assert {name for name, value in told.items() if value == SECRET} == {
        "DBT_ENV_SECRET_PRIVATE_KEY",
        "DBT_ENV_SECRET_PRIVATE_KEY_PASSPHRASE",
    }


def test_models_are_built_by_the_transformer_in_its_own_warehouse_unless_settings_say_otherwise() -> None:
    told = variables(database="CLINIC")
    assert (told["HEALTHCARE_ELT_DBT_ROLE"], told["HEALTHCARE_ELT_DBT_COMPUTE"]) == (
        "CLINIC_TRANSFORMER",
        "CLINIC_TRANSFORMING",
    )
    assert variables(role="ours")["HEALTHCARE_ELT_DBT_ROLE"] == "OURS"
