"""Connecting to Snowflake: the arguments, for the connector and for Dagster's resource, and the session's settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from healthcare_elt.settings import SettingsError
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.errors import told
from healthcare_elt.snowflake.private_key import private_key

APPLICATION = "healthcare_elt"
LONGEST_QUERY_TAG = 2000
"""Characters that Snowflake takes."""
RESOURCE_FIELDS = (
    "account", "user", "password", "authenticator", "role", "warehouse", "database",
    "login_timeout", "network_timeout", "client_session_keep_alive",
)  # fmt: skip
"""What dagster_snowflake.SnowflakeResource has a field for; anything else it hands on."""

Resolve = Callable[[SecretStr], str]


def plain(secret: SecretStr) -> str:
    """The secret as it stands, for settings that hold no references."""
    return secret.get_secret_value()


def query_tag(**what: str | None) -> str:
    """What a statement is for (run, asset, delivery), as JSON for the query history; what is too long is left out."""
    said = {key: value for key, value in sorted(what.items()) if value}
    while len(tag := json.dumps({"application": APPLICATION, **said})) > LONGEST_QUERY_TAG:
        said.pop(max(said, key=lambda key: len(said[key])))
    return tag


def connection_arguments(
    snowflake: SnowflakeSettings,
    role: str | None,
    warehouse: str | None,
    *,
    tag: str | None = None,
    resolve: Resolve = plain,
) -> dict[str, Any]:
    """Keyword arguments of `snowflake.connector.connect`; they hold the secret, so they are never shown.

    Args:
        role: None is the user's own default, and no database, which may not be there yet.
        warehouse: None for statements that need no compute.
        tag: the session's first query tag.
        resolve: turns a secret that may be a reference into the secret.

    Raises:
        SettingsError: there is neither a key nor a password, or the key cannot be read.
    """
    session = {
        "QUERY_TAG": tag or query_tag(),
        "TIMEZONE": "UTC",
        "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
        # Many bound values would go through a stage, and to create one commits the transaction that they belong to.
        "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD": 0,
    }
    arguments = {
        "account": snowflake.account,
        "user": snowflake.user,
        "role": role,
        "warehouse": warehouse,
        "database": snowflake.database if role else None,
        "host": snowflake.host,
        "port": snowflake.port,
        "login_timeout": snowflake.login_timeout,
        "network_timeout": snowflake.network_timeout,
        "protocol": snowflake.protocol,
        "client_session_keep_alive": True,
        "validate_default_parameters": True,
        "application": APPLICATION,
        "session_parameters": session,
        **_authentication(snowflake, resolve),
    }
    return {name: value for name, value in arguments.items() if value is not None}


def resource_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same as keyword arguments of `dagster_snowflake.SnowflakeResource`.

    They hold the secret: build the resource where it is used and never as a resource of the definitions, whose
    configuration the UI shows.
    """
    own = {name: value for name, value in arguments.items() if name in RESOURCE_FIELDS}
    others = {name: value for name, value in arguments.items() if name not in RESOURCE_FIELDS}
    return own | {"additional_snowflake_connection_args": others}


@contextmanager
def connected(snowflake: SnowflakeSettings, arguments: dict[str, Any]) -> Iterator[Any]:
    """A connection, closed at the end.

    Raises:
        SnowflakeError: the login fails; the sentence names the setting to correct.
    """
    from snowflake import connector

    try:
        connection = connector.connect(**arguments)
    except connector.errors.Error as error:
        raise told(error, snowflake, arguments.get("role"), arguments.get("warehouse")) from None
    try:
        yield connection
    finally:
        connection.close()


def _authentication(snowflake: SnowflakeSettings, resolve: Resolve) -> dict[str, str]:
    key = private_key(snowflake, resolve)
    if key is not None:
        return {"authenticator": "SNOWFLAKE_JWT", "private_key": key}
    if snowflake.password is not None:
        return {"password": resolve(snowflake.password)}
    raise SettingsError("SNOWFLAKE_PRIVATE_KEY_FILE is not set; set it to the user's key, or SNOWFLAKE_PASSWORD.")
