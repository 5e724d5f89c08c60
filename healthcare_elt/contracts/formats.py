"""The named formats that a column may have, each with its check.

The check of a whole column is SQL (dbt_project/macros/contract/rules.sql); these are for single values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

NPI_PREFIX = "80840"

# No look-ahead and no \d: the same text must mean the same to Python, DuckDB (RE2) and Snowflake.
PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "npi": r"[12][0-9]{9}",
        "cpt": r"[0-9]{4}[0-9A-Z]",
        "hcpcs": r"[A-V][0-9]{4}",
        "icd10cm": r"[A-Z][0-9][0-9AB](\.?[0-9A-Z]{1,4})?",
        "ndc": r"[0-9]{4,5}-[0-9]{3,4}-[0-9]{1,2}|[0-9]{10,11}",
        "zip": r"[0-9]{5}(-?[0-9]{4})?",
        "state": r"[A-Z]{2}",
        "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
        "phone": r"\+?[0-9 ().-]{7,20}",
        "ssn": r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}",
        "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    }
)


def luhn_is_valid(digits: str) -> bool:
    """True if the last digit is the Luhn check digit (ISO/IEC 7812-1) of those before it."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if position % 2 else 1)
        total += number // 10 + number % 10
    return total % 10 == 0


def _has_pattern(name: str, text: str) -> bool:
    return re.fullmatch(PATTERNS[name], text, re.ASCII) is not None


def is_npi(text: str) -> bool:
    """True for a National Provider Identifier: ten digits, checked with the prefix of US health cards."""
    return _has_pattern("npi", text) and luhn_is_valid(NPI_PREFIX + text)


FORMATS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {name: partial(_has_pattern, name) for name in PATTERNS} | {"npi": is_npi}
)
