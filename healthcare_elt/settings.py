"""The reader of the environment; what may be asked of it unchecked is in `environment`.

Every option of the product is a field of `Settings`, read from `HEALTHCARE_ELT_*` variables or from
the `.env` file of the home folder; what that file says of AWS is read here too. Paths are derived here and nowhere
else. No I/O at import.
"""

from __future__ import annotations

import os
import re
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from dotenv import dotenv_values
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from healthcare_elt.environment import HOME_VARIABLE as HOME_VARIABLE
from healthcare_elt.environment import PREFIX, PROJECT_ROOT, home_folder
from healthcare_elt.environment import set_home as set_home

MEMORY = re.compile(r"[1-9]\d*(?:\.\d+)? ?(?:[KMGT]i?B)|[1-9]\d?%")

AWS_VARIABLES = (
    ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    ("AWS_DEFAULT_REGION",),
    ("AWS_ENDPOINT_URL",),
)
"""What `.env` may say of AWS: who calls, in which region, and where AWS is if not at its own place."""

TOLD_TO_DBT = re.compile("DBT_.+|WAREHOUSE|SPILL|RUN_ID|WITHOUT_EVENTS")
"""Variables that the platform sets itself, by which dbt is told what to do."""

OTEL_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")

Target = Literal["local", "snowflake"]
S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")


class SettingsError(Exception):
    """A setting is wrong: one sentence that names the variable and the values it may take."""


class Settings(BaseSettings):
    """Where things are and how the pipeline runs; each field is the variable HEALTHCARE_ELT_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    home: Path = PROJECT_ROOT
    """Holds data/, metadata/ and .dagster/; two homes never touch."""
    target: Target = "local"
    """Which warehouse and dbt target are used: DuckDB in a file of the home, or Snowflake (settings_snowflake.py)."""
    inbox_url: str | None = None
    """The inbox in S3, `s3://bucket/prefix`; a folder of the home if unset."""
    inbox_queue_url: str | None = None
    """The SQS queue that S3 tells of new objects in the inbox; without it the inbox is listed at every look."""
    landing_url: str | None = None
    """The landing zone in S3, `s3://bucket/prefix`; a folder of the home if unset."""
    ledger_url: str | None = None
    """The ledger in S3, `s3://bucket/prefix`; a folder of the home if unset."""
    kms_key_id: str | None = None
    """The KMS key that S3 encrypts with; the bucket's own encryption if unset."""
    timezone: str = "UTC"
    """IANA name; decides the delivery date of an undated file and the hour of the schedule."""
    start_date: date = date(2015, 1, 1)
    """The first daily partition; an earlier delivery is refused with a sentence."""
    schedule: str = "0 6 * * *"
    """Cron of the daily schedule, in `timezone`."""
    automation: bool = False
    """Sensors, automation and the daily schedule are on from the start; if not, each is off until it is switched on in
    the UI."""
    look_seconds: int = Field(default=30, ge=1)
    """How often the sensors look into the inbox, and for runs whose process was killed."""
    settle_seconds: float = Field(default=2.0, ge=0)
    """A file in the inbox younger than this may still be being written."""
    lock_timeout_seconds: float = Field(default=600.0, ge=0)
    """How long a step waits for another process that works in the same home."""
    retries: int = Field(default=4, ge=0, le=10)
    """How often a step is tried again that failed by what passes by itself: the network, a busy service, a lock."""
    retry_seconds: float = Field(default=300.0, ge=0)
    """How long is waited before the first retry; twice as long before each further one."""
    dbt_threads: int = Field(default=2, ge=1, le=64)
    """Models that dbt builds at the same time."""
    memory_limit: str = "80%"
    """What the warehouse may hold in memory; beyond it, work goes on in files below data/."""
    log_file: str | None = None
    """Where JSON lines of what happens go: a file, or `-` for standard error; nowhere if unset."""
    metrics_file: Path | None = None
    """Where each run writes its metrics as Prometheus text, for node_exporter's textfile collector."""
    keep_history_days: int | None = Field(default=None, ge=7)
    """For how many days Dagster's history of runs and checks is kept; for ever if unset."""
    pseudonym_salt: str | None = Field(default=None, min_length=16)
    """Secret that keeps curated pseudonyms from being guessed; made once per home if unset."""

    ui_url: str = Field(default="http://localhost:3000", pattern=r"^https?://[^\s]+$")
    """Where the Dagster UI is, for links in alerts."""

    @field_validator("home", "metrics_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().resolve()

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be an IANA time zone such as UTC or America/New_York")
        return value

    @field_validator("memory_limit")
    @classmethod
    def _amount_of_memory(cls, value: str) -> str:
        if not MEMORY.fullmatch(value):
            raise ValueError("must be an amount such as 2GB or 512MB, or a share of the machine's memory such as 80%")
        return value

    @field_validator("inbox_url", "landing_url", "ledger_url")
    @classmethod
    def _in_s3(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if not S3_URL.fullmatch(value):
            raise ValueError("must be a place in S3 such as s3://bucket/prefix")
        for other in ("inbox_url", "landing_url", "ledger_url"):
            if (taken := info.data.get(other)) and _overlap(f"{taken}/", f"{value.rstrip('/')}/"):
                raise ValueError(
                    f"and HEALTHCARE_ELT_{other.upper()} must lie beside each other, neither inside the other"
                )
        return value.rstrip("/")

    @field_validator("inbox_queue_url")
    @classmethod
    def _with_an_inbox_in_s3(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and not re.fullmatch(r"https?://\S+/\S+", value):
            raise ValueError(
                "must be the URL of a queue such as https://sqs.us-east-1.amazonaws.com/123456789012/inbox"
            )
        if value and "inbox_url" in info.data and not info.data["inbox_url"]:
            raise ValueError("is only for an inbox in S3; set HEALTHCARE_ELT_INBOX_URL too, or unset it")
        return value

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def inbox(self) -> Path:
        return self.data / "inbox"

    @property
    def landing(self) -> Path:
        return self.data / "landing"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.duckdb"

    @property
    def spill(self) -> Path:
        """Where the warehouse works beyond its memory, inside the PHI zone."""
        return self.data / ".spill"

    @property
    def metadata(self) -> Path:
        return self.home / "metadata"

    @property
    def ledger(self) -> Path:
        return self.metadata / "ledger"

    @property
    def broken_messages(self) -> Path:
        """How many messages of the inbox's queue were no notification of S3."""
        return self.metadata / "broken_messages.json"

    @property
    def alerts_policy(self) -> Path:
        """Who is told of what; nobody is told of anything without it."""
        return self.home / "alerts.yaml"

    @property
    def alerts_book(self) -> Path:
        """What was told and what is still to be sent; outside the PHI zone."""
        return self.metadata / "alerts.json"

    @property
    def report(self) -> Path:
        """The page about the home; it holds no PHI."""
        return self.metadata / "report.html"

    @property
    def dbt_docs(self) -> Path:
        """The documentation of all tables; it holds no row."""
        return self.metadata / "dbt_docs.html"

    @property
    def dagster_home(self) -> Path:
        return self.home / ".dagster"

    @property
    def standing_answers(self) -> Path:
        """What the warehouse last said of its load log; it stands while that does not change."""
        return self.data / ".standing_answers.json"

    @property
    def lock_file(self) -> Path:
        return self.data / ".lock"

    @property
    def command_lock(self) -> Path:
        """Held by `healthcare-elt run` from its first look to its last word."""
        return self.dagster_home / "command.lock"

    @property
    def running(self) -> Path:
        """A file for each run of Dagster, locked while the run's process lives."""
        return self.dagster_home / "running"

    @property
    def dbt_project(self) -> Path:
        return PROJECT_ROOT / "dbt_project"

    @property
    def dbt_target_path(self) -> Path:
        """dbt's own output, which may quote rows: inside the PHI zone, one per home."""
        return self.data / "dbt"


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def load_settings() -> Settings:
    """Read the environment and the home's `.env` file.

    Raises:
        SettingsError: a variable has a value that it may not take.
    """
    home = home_folder()
    try:
        return Settings(_env_file=home / ".env", home=home)
    except ValidationError as error:
        raise wrong_settings("HEALTHCARE_ELT", error) from None
    except (OSError, UnicodeDecodeError):
        raise _unreadable(home) from None


def _env_file() -> dict[str, str | None]:
    """What the home's `.env` says."""
    home = home_folder()
    try:
        return dotenv_values(home / ".env")
    except (OSError, UnicodeDecodeError):
        raise _unreadable(home) from None


def _unreadable(home: Path) -> SettingsError:
    return SettingsError(f"{home / '.env'} cannot be read; make it a UTF-8 file that this user may read.")


def misspelled() -> list[str]:
    """A sentence for each variable of the environment and of `.env` that is no setting, and may be meant for one."""
    return [
        f"{PREFIX}{name} is no setting, {PREFIX}{found[0]} may be meant; correct it in the environment or in .env."
        for name, found in _no_settings().items()
        if found
    ]


def unknown() -> list[str]:
    """A sentence for each that is near to no setting, and is neither the platform's own nor a secret referred to."""
    policy = home_folder() / "alerts.yaml"
    texts = [*_said().values(), policy.read_text(errors="replace") if policy.is_file() else ""]
    return [
        f"{PREFIX}{name} is no setting; take it out of the environment or .env (.env.example names every setting)."
        for name, found in _no_settings().items()
        if not found
        and not TOLD_TO_DBT.fullmatch(name)
        and not any(f"env:{PREFIX}{name}" in (text or "") for text in texts)
    ]


def _no_settings() -> dict[str, list[str]]:
    """Variables with a setting's prefix that are none, without it, each with the setting that may be meant."""
    names = [name.upper() for name in Settings.model_fields]
    others = {name.removeprefix(PREFIX) for name in _said() if name.startswith(PREFIX)} - set(names)
    return {name: get_close_matches(name, names, n=1, cutoff=0.8) for name in sorted(others)}


def _said() -> dict[str, str | None]:
    return _env_file() | os.environ


def wrong_settings(prefix: str, error: ValidationError) -> SettingsError:
    """All of them in one sentence, without their values: one may be a secret."""
    told = [
        f"{prefix}_{str(each['loc'][0]).upper()} "
        + ("is not set" if each["type"] == "missing" else f"is wrong: {each['msg'].removeprefix('Value error, ')}")
        for each in error.errors()
    ]
    return SettingsError(f"{'; '.join(told)}; correct that in the environment or in .env (see .env.example).")


def aws_variables() -> dict[str, str]:
    """The lines of the home's `.env` that say who calls AWS, and where it is; they hold secrets.

    The environment is read by botocore itself, and wins: who calls is taken from one of the two, whole, since an access
    key of one and a session token of the other would fit nothing.
    """
    lines = _env_file()
    said = [name for name, value in os.environ.items() if value]
    groups = (group for group in AWS_VARIABLES if not any(name.startswith(group) for name in said))
    return {name: value for group in groups for name in group if (value := lines.get(name))}


def has_collector() -> bool:
    """True if the environment names a collector of OpenTelemetry; its library reads all else of OTEL_* itself."""
    return any(os.environ.get(name) for name in OTEL_ENDPOINTS)


def variable(name: str) -> str | None:
    """A variable that the user has chosen the name of, of the environment or else of the home's `.env`; it may be a
    secret."""
    return os.environ.get(name) or _env_file().get(name) or None


def is_validation() -> bool:
    """True in `dg check defs`, which loads the definitions to find what is wrong, and runs nothing."""
    return os.environ.get("DAGSTER_IS_DEFS_VALIDATION_CLI") == "1"
