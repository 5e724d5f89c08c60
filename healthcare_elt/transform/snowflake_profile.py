"""What profiles.yml needs to know to work on Snowflake.

Here belong the variables of target `snowflake`. dbt keeps the values of those named DBT_ENV_SECRET_* out of its logs.
"""

from __future__ import annotations

import os

from pydantic import SecretStr

from healthcare_elt.secrets import resolve
from healthcare_elt.settings_snowflake import SnowflakeSettings


def export_snowflake(snowflake: SnowflakeSettings) -> None:
    """Set the variables in this process's environment; the private key goes before the password."""
    os.environ.update(profile_variables(snowflake))


def profile_variables(snowflake: SnowflakeSettings) -> dict[str, str]:
    """The variables of target `snowflake` by name; what is not set is empty."""
    return {
        "HEALTHCARE_ELT_DBT_ACCOUNT": snowflake.account,
        "HEALTHCARE_ELT_DBT_USER": snowflake.user,
        "HEALTHCARE_ELT_DBT_PRIVATE_KEY_FILE": str(snowflake.private_key_file or ""),
        "HEALTHCARE_ELT_DBT_DATABASE": snowflake.database,
        "HEALTHCARE_ELT_DBT_ROLE": snowflake.transformer_role,
        "HEALTHCARE_ELT_DBT_COMPUTE": snowflake.transforming_warehouse,
        "HEALTHCARE_ELT_DBT_HOST": snowflake.host or "",
        "HEALTHCARE_ELT_DBT_PORT": str(snowflake.port or 443),
        "HEALTHCARE_ELT_DBT_PROTOCOL": snowflake.protocol,
        "HEALTHCARE_ELT_DBT_LOGIN_TIMEOUT": str(snowflake.login_timeout),
        "DBT_ENV_SECRET_PRIVATE_KEY": _plain(snowflake.private_key),
        "DBT_ENV_SECRET_PRIVATE_KEY_PASSPHRASE": _plain(snowflake.private_key_passphrase),
        "DBT_ENV_SECRET_PASSWORD": "" if _has_key(snowflake) else _plain(snowflake.password),
    }


def _has_key(snowflake: SnowflakeSettings) -> bool:
    return bool(snowflake.private_key_file or snowflake.private_key)


def _plain(secret: SecretStr | None) -> str:
    return resolve(secret) if secret else ""
