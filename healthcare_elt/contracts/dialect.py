"""How the CSV files of one table are written, as far as their contract says so.

Here belongs what a contract may fix. What it leaves open is told from each file (landing, `sniff` and `text`).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from healthcare_elt.contracts.errors import sentence

LONGEST_DELIMITER = 4
"""Bytes in UTF-8; DuckDB takes no more."""


class StatedDialect(BaseModel):
    """What holds for every CSV file of the table; None is told from the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delimiter: str | None = None
    quote: str | None = None
    """Empty if no character quotes."""
    escape: Literal["doubling", "backslash"] | None = None
    """How a quote is written inside of quotes."""
    encoding: Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "windows-1252"] | None = None

    @field_validator("delimiter")
    @classmethod
    def _can_separate(cls, value: str | None) -> str | None:
        if value is not None and not _is_delimiter(value):
            raise ValueError(f'delimiter is {value!r} and must be 1 to {LONGEST_DELIMITER} characters such as ";"')
        return value

    @field_validator("quote")
    @classmethod
    def _can_quote(cls, value: str | None) -> str | None:
        if value not in (None, "", '"', "'"):
            raise ValueError(f"quote is {value!r} and must be '\"', \"'\" or empty for none")
        return value


def stated_dialect(value: Any) -> StatedDialect:
    """The dialect that a contract states.

    Raises:
        ValueError: with a sentence, if it is none.
    """
    if isinstance(value, StatedDialect):
        return value
    keys = list(StatedDialect.model_fields)
    if not isinstance(value, dict):
        raise ValueError(f"dialect must be a mapping such as {{delimiter: ';'}}; it may hold {', '.join(keys)}")
    try:
        return StatedDialect(**{str(key): item for key, item in value.items()})
    except ValidationError as error:
        raise ValueError(f"dialect.{sentence(error, StatedDialect, keys)}") from None


def _is_delimiter(text: str) -> bool:
    has_other_use = any(letter.isalnum() or letter in "\r\n\0\"'\\" for letter in text)
    return 1 <= len(text.encode()) <= LONGEST_DELIMITER and not has_other_use
