"""One source table's contract.

Here belongs what the columns and rules of one table must agree on. Reading the YAML is in `load`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from healthcare_elt.contracts.column import NAME_PATTERN, Column

DELIVERY_DATE = "delivery_date"


class Contract(BaseModel):
    """What a source system promises for one table: files, key, columns and how it delivers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: str
    table: str
    description: Annotated[str, Field(min_length=1)]
    files: Annotated[list[str], Field(min_length=1)]
    delivers: Literal["full", "changes"]
    key: Annotated[list[str], Field(min_length=1)]
    effective_at: str = DELIVERY_DATE
    on_new_column: Literal["evolve", "ignore", "reject"]
    allow_empty: bool = False
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    source_file: Path

    @property
    def name(self) -> str:
        return f"{self.system}.{self.table}"

    @property
    def relation(self) -> str:
        """The table's name in the bronze schema."""
        return f"{self.system}__{self.table}"

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns that no row can do without: the key, the moment of effect, and those that are required."""
        needed = {*self.key, self.effective_at, *(column.name for column in self.columns if column.required)}
        return tuple(name for name in self.column_names if name in needed)

    @field_validator("system", "table")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        # They become folders and schema objects; two underscores separate them there.
        if not re.fullmatch(NAME_PATTERN, value) or "__" in value:
            raise ValueError(f"name {value!r} must be lower case letters, digits and single _, beginning with a letter")
        return value

    @field_validator("files", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        patterns = [value] if isinstance(value, str) else value
        if not isinstance(patterns, list) or not all(_is_pattern(item) for item in patterns):
            raise ValueError('files must be one or more file name patterns such as "patients*", without a folder')
        return patterns

    @model_validator(mode="after")
    def _columns_fit(self) -> Contract:
        names = self.column_names
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"column {name} is declared twice; remove one")
        for name in self.key:
            if name not in names:
                raise ValueError(f"key column {name} is not declared; it may be one of {', '.join(names)}")
        moments = [column.name for column in self.columns if column.data_type in ("date", "timestamp")]
        if self.effective_at not in (DELIVERY_DATE, *moments):
            choices = ", ".join((DELIVERY_DATE, *moments))
            raise ValueError(f"effective_at is {self.effective_at!r} and must be one of {choices}")
        if self.delivers == "full" and self.effective_at != DELIVERY_DATE:
            # A row and a deletion of its key could meet at one moment, and either could be the later.
            raise ValueError(
                f"effective_at is {self.effective_at!r} and must be {DELIVERY_DATE} where delivers is full: "
                "a full delivery is the state of the table on its date"
            )
        return self


def _is_pattern(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and "/" not in value
