"""What Snowflake refused to dbt, in a sentence that says what to set or to grant, and whether it passes by itself.

dbt keeps the connector's error as text, which may quote a row: only its number and the names of objects are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import SimpleNamespace

from healthcare_elt.settings import Settings
from healthcare_elt.settings_snowflake import load_snowflake_settings
from healthcare_elt.snowflake.errors import is_passing, known

NUMBER = re.compile(r"\b(\d{6}) \(\w+\): ")


def refusal(settings: Settings, messages: Iterable[str]) -> str | None:
    """The first that there is a sentence of ours for."""
    snowflake = load_snowflake_settings(settings)
    role, compute = snowflake.role_of("transformer"), snowflake.warehouse_of("transformer")
    refused = (_error(message) for message in messages)
    sentences = (known(error, snowflake, role, compute) for error in refused if error)
    return next((sentence for sentence in sentences if sentence), None)


def passes(message: str) -> bool:
    """True if trying again later may help."""
    error = _error(message)
    return error is not None and is_passing(error)


def _error(message: str) -> SimpleNamespace | None:
    found = NUMBER.search(message)
    return found and SimpleNamespace(errno=int(found[1]), msg=message[found.end() :])
