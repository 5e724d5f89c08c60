"""Clients of AWS services, all built alike: the usual chain of credentials, and retries by botocore.

Where AWS is, and who calls, is what botocore reads itself: AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_DEFAULT_REGION,
AWS_ENDPOINT_URL, a role of the machine and so on. What `.env` says instead is handed to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from healthcare_elt.aws.errors import told_as
from healthcare_elt.settings import SettingsError, aws_variables

MOST_RETRIES = 8
"""Of one request, each after a growing and random pause (mode `standard`); an attempt is given up after 60 seconds
without a connection or without a byte, as botocore does by itself."""
ARGUMENTS = {
    "AWS_PROFILE": "profile_name",
    "AWS_ACCESS_KEY_ID": "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
    "AWS_SESSION_TOKEN": "aws_session_token",
    "AWS_DEFAULT_REGION": "region_name",
    "AWS_ENDPOINT_URL": "endpoint_url",
}
"""What boto3, and Dagster's resource alike, call each line of `.env`."""


def client(service: str, *, is_patient: bool = True) -> Any:
    """
    Args:
        is_patient: False gives up after one attempt of a few seconds, for a caller who comes again later.

    Raises:
        SettingsError: an AWS_* variable, or the profile that it names, is wrong.
    """
    from boto3.session import Session
    from botocore.config import Config

    told = arguments()
    session = partial(Session, profile_name=told.pop("profile_name", None))
    config = Config(retries={"mode": "standard", "max_attempts": MOST_RETRIES}) if is_patient else _impatient()
    return built(lambda: session().client(service, config=config, **told))


def _impatient() -> Any:
    from botocore.config import Config

    return Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5, read_timeout=5)


def arguments() -> dict[str, str]:
    """What the home's `.env` says of AWS, by the names of arguments; they hold secrets, so they are never shown."""
    return {ARGUMENTS[name]: value for name, value in aws_variables().items()}


def built(build: Callable[[], Any]) -> Any:
    """What `build` gives; used for a client that Dagster builds, too.

    What botocore logs for debugging quotes session tokens and whole answers, secrets among them: it logs none of that.
    """
    logging.getLogger("botocore").setLevel(logging.INFO)
    try:
        with told_as(SettingsError, "AWS cannot be asked"):
            return build()
    except ValueError:
        raise SettingsError("AWS cannot be asked: AWS_ENDPOINT_URL is no URL; correct it, or unset it.") from None
