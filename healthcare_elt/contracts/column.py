"""One column of a contract: its type, its rules and its PHI class.

Here belongs what can be checked with the column alone; what needs its table is in `contract`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from healthcare_elt.contracts.formats import FORMATS
from healthcare_elt.contracts.patterns import require_pattern

NAME_PATTERN = r"[a-z][a-z0-9_]*"
SIMPLE_TYPES = ("varchar", "integer", "bigint", "double", "boolean", "date", "timestamp")
DATE_FORMAT = r"([^%]|%-?[djmyHIMS]|%[abcfghnpuwxzABGTUVWXYZ%])+"
"""What DuckDB reads; Snowflake reads the codes that `DATE_CODES` names."""
DATE_CODES = "%Y %y %m %b %B %d %H %I %p %M %S %f"
TYPES_IN_WORDS = ", ".join(SIMPLE_TYPES) + " or decimal(p,s)"

Bound = int | float | str


class Column(BaseModel):
    """What every value of one source column promises."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: Annotated[str, Field(min_length=1)]
    data_type: str
    required: bool = False
    phi: Literal["direct", "quasi", "none"]
    allowed: list[str] | None = None
    min: Bound | None = None
    max: Bound | None = None
    pattern: str | None = None
    format: str | None = None
    list_of: str | None = None
    date_format: list[str] = ["%Y-%m-%d"]
    case: Literal["lower", "upper"] | None = None
    """Into which case its texts are brought before any rule is applied, so that ABC and abc are one value."""
    aliases: list[str] = []
    """Other header names under which exports deliver the column, stripped and in lower case."""

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not re.fullmatch(NAME_PATTERN, value):
            raise ValueError(f"name {value!r} must be lower case letters, digits and _, beginning with a letter")
        return value

    @field_validator("data_type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        decimal = re.fullmatch(r"decimal\((\d+),\s?(\d+)\)", value)
        exact = decimal and 1 <= int(decimal[1]) <= 38 and int(decimal[2]) <= int(decimal[1])
        if not exact and value not in SIMPLE_TYPES:
            raise ValueError(f"data_type is {value!r} and must be one of {TYPES_IN_WORDS}")
        return value

    @field_validator("allowed", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        if value is None:
            return value
        if not isinstance(value, list) or not value:
            raise ValueError("allowed must be a list of values, such as [F, M]")
        if any(isinstance(item, bool) or not isinstance(item, str | int | float) for item in value):
            raise ValueError('allowed holds a value that YAML reads as no text; write it in quotes, such as "Yes"')
        return [str(item) for item in value]

    @field_validator("min", "max", mode="before")
    @classmethod
    def _iso(cls, value: Any) -> Any:
        """YAML turns an unquoted day into a date."""
        return value.isoformat() if isinstance(value, date) else value

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            require_pattern("pattern", value)
        return value

    @field_validator("format", "list_of")
    @classmethod
    def _known_format(cls, value: str | None) -> str | None:
        if value is not None and value not in FORMATS:
            raise ValueError(f"format {value!r} is unknown; it may be one of {', '.join(FORMATS)}")
        return value

    @field_validator("date_format", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        formats = [value] if isinstance(value, str) else value
        if not formats or not all(isinstance(item, str) and "%" in item for item in formats):
            raise ValueError("date_format must be one or more formats such as %m/%d/%Y")
        if unknown := [item for item in formats if not re.fullmatch(DATE_FORMAT, item)]:
            raise ValueError(f"date_format {unknown[0]!r} has an unknown code; it may have {DATE_CODES}")
        return formats

    @field_validator("aliases", mode="before")
    @classmethod
    def _header_names(cls, value: Any) -> Any:
        names = value if isinstance(value, list) else [None]
        if not all(isinstance(name, str) and name.strip() for name in names):
            raise ValueError("aliases must be a list of header names, such as [start_date]")
        return [name.strip().lower() for name in names]

    @model_validator(mode="after")
    def _rules_fit(self) -> Column:
        if self.format and self.list_of:
            raise ValueError("format and list_of exclude each other; keep one of them")
        self._only_for(("format", "list_of", "pattern", "case"), "varchar")
        never = [value for value in self.allowed or () if self.case and value != getattr(value, self.case)()]
        if never:
            raise ValueError(f"allowed holds {never[0]}, which case: {self.case} never leaves; write it in that case")
        self._only_for(("date_format",), "date", "timestamp")
        strange = [value for value in self.allowed or () if not self._is_of_type(value)]
        if strange:
            raise ValueError(f"allowed holds {strange[0]!r}, which is no {self.data_type}; correct it")
        low, high = (self._bound(rule) for rule in ("min", "max"))
        if low is not None and high is not None and low > high:
            raise ValueError(f"min {self.min} is more than max {self.max}; swap them")
        return self

    def _only_for(self, rules: tuple[str, ...], *types: str) -> None:
        for rule in rules:
            if rule in self.model_fields_set and getattr(self, rule) and self.data_type not in types:
                raise ValueError(f"{rule} is for {' and '.join(types)} columns, and this is a {self.data_type}")

    def _bound(self, rule: Literal["min", "max"]) -> Decimal | date | None:
        value = getattr(self, rule)
        if value is None:
            return None
        if self.data_type in ("varchar", "boolean"):
            raise ValueError(f"{rule} is for number, date and timestamp columns, and this is a {self.data_type}")
        try:
            return self._read(value)
        except (ValueError, InvalidOperation):
            kind = "a day such as 1900-01-01" if self.data_type in ("date", "timestamp") else "a number"
            raise ValueError(f"{rule} is {value!r} and must be {kind}") from None

    def _is_of_type(self, value: str) -> bool:
        if self.data_type in ("varchar", "boolean"):
            return self.data_type == "varchar" or value.lower() in ("true", "false")
        try:
            self._read(value)
        except (ValueError, InvalidOperation):
            return False
        return True

    def _read(self, value: Bound) -> Decimal | date:
        """
        Raises:
            ValueError, InvalidOperation: it is no finite number, or no day or moment, as the type asks.
        """
        if self.data_type == "date":
            return date.fromisoformat(str(value))
        if self.data_type == "timestamp":
            return datetime.fromisoformat(str(value)).replace(tzinfo=None)
        number = Decimal(str(value))
        if not number.is_finite():
            raise ValueError
        return number
