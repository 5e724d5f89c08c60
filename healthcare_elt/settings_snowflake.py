"""Where Snowflake is and who works there: each field is the variable SNOWFLAKE_<FIELD>.

Read from the environment or from the home's `.env` like all other settings. A secret may be a reference,
`ssm:/path` or `secretsmanager:name`, instead of the secret itself. Names of roles, warehouses and the like are derived
here from `database` and nowhere else.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from healthcare_elt.settings import Settings, wrong_settings

NAME = r"^[A-Z_][A-Z0-9_$]{0,200}$"
"""A name that needs no quotes."""
ROLE_ARN = r"^arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]+$"


Worker = Literal["loader", "transformer"]
"""Who works in the database by itself."""
RawFormat = Literal["csv", "json", "parquet"]
"""Delivered files that Snowflake can read where they lie."""


class SnowflakeSettings(BaseSettings):
    """How to connect; key-pair authentication if a private key is given, else a password."""

    model_config = SettingsConfigDict(env_prefix="SNOWFLAKE_", env_ignore_empty=True, extra="ignore")

    account: str
    """Organization and account, `myorg-myaccount`."""
    user: str
    private_key_file: Path | None = None
    """A PEM file of the user's private key, outside of the repository."""
    private_key: SecretStr | None = None
    """The key itself as PEM, or a reference to it."""
    private_key_passphrase: SecretStr | None = None
    password: SecretStr | None = None
    database: str = Field(default="HEALTHCARE_ELT", pattern=r"^[A-Z][A-Z0-9_]{0,200}$")
    """All names in the account begin with it; two databases never touch."""
    role: str | None = Field(default=None, pattern=NAME)
    """Used instead of the loader and transformer roles."""
    warehouse: str | None = Field(default=None, pattern=NAME)
    """Used instead of the loading and transforming warehouses."""
    storage_integration: str | None = Field(default=None, pattern=NAME)
    """An integration that exists already, instead of the one that `snowflake apply` makes."""
    storage_role_arn: str | None = Field(
        default=None, pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]+$"
    )
    """The AWS role with which Snowflake reads the landing zone."""
    monthly_credits: int = Field(default=100, ge=1)
    """Credits a month at which the warehouses are suspended."""
    raw_tables: str | None = None
    """Formats (csv, json, parquet), separated by commas, whose delivered files external tables show; none if unset."""
    allowed_networks: str | None = None
    """Addresses and ranges of the network policy, separated by commas; no policy if unset."""
    login_timeout: int = Field(default=60, ge=1)
    """Seconds until a login is given up."""
    network_timeout: int = Field(default=900, ge=1)
    """Seconds until a request is given up."""
    host: str | None = None
    """Another server than the account's own: for tests."""
    port: int | None = None
    protocol: Literal["https", "http"] = "https"

    @field_validator("database", "role", "warehouse", "storage_integration", mode="before")
    @classmethod
    def _upper(cls, value: str | None) -> str | None:
        return value and value.upper()

    @field_validator("raw_tables")
    @classmethod
    def _formats(cls, value: str | None) -> str | None:
        if set(_words(value)) - set(get_args(RawFormat)):
            raise ValueError(f"must be some of {', '.join(get_args(RawFormat))}, separated by commas")
        return value

    @field_validator("allowed_networks")
    @classmethod
    def _networks(cls, value: str | None) -> str | None:
        for network in (value or "").split(",") if value else ():
            try:
                ip_network(network.strip(), strict=False)
            except ValueError:
                raise ValueError("must be addresses or ranges such as 203.0.113.0/24, separated by commas") from None
        return value

    @property
    def raw_formats(self) -> tuple[RawFormat, ...]:
        return tuple(each for each in get_args(RawFormat) if each in _words(self.raw_tables))

    @property
    def loader_role(self) -> str:
        return self.role or f"{self.database}_LOADER"

    @property
    def transformer_role(self) -> str:
        return self.role or f"{self.database}_TRANSFORMER"

    def role_of(self, worker: Worker) -> str:
        return self.loader_role if worker == "loader" else self.transformer_role

    def warehouse_of(self, worker: Worker) -> str:
        return self.loading_warehouse if worker == "loader" else self.transforming_warehouse

    @property
    def analyst_role(self) -> str:
        return f"{self.database}_ANALYST"

    @property
    def phi_reader_role(self) -> str:
        return f"{self.database}_PHI_READER"

    @property
    def admin_role(self) -> str:
        return f"{self.database}_ADMIN"

    @property
    def loading_warehouse(self) -> str:
        return self.warehouse or f"{self.database}_LOADING"

    @property
    def transforming_warehouse(self) -> str:
        return self.warehouse or f"{self.database}_TRANSFORMING"

    @property
    def reading_warehouse(self) -> str:
        return f"{self.database}_READING"

    @property
    def resource_monitor(self) -> str:
        return f"{self.database}_MONITOR"

    @property
    def integration(self) -> str:
        return self.storage_integration or f"{self.database}_LANDING"

    @property
    def network_policy(self) -> str:
        return f"{self.database}_NETWORK"

    @property
    def stage(self) -> str:
        """The external stage over the landing zone."""
        return f"{self.database}.META.LANDING_ZONE"

    @property
    def uploads(self) -> str:
        """The internal stage, for files that lie in no S3 bucket."""
        return f"{self.database}.META.UPLOADS"


def _words(value: str | None) -> list[str]:
    return [word.strip().lower() for word in (value or "").split(",") if word.strip()]


def load_snowflake_settings(settings: Settings) -> SnowflakeSettings:
    """Read the environment and the home's `.env` file.

    Raises:
        SettingsError: a variable is missing or has a value that it may not take.
    """
    try:
        return SnowflakeSettings(_env_file=settings.home / ".env")
    except ValidationError as error:
        raise wrong_settings("SNOWFLAKE", error) from None
