"""One source table's contract.

Here belongs what the columns and rules of one table must agree on. Reading the YAML is in `load`.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from healthcare_elt.contracts.column import NAME_PATTERN, Column
from healthcare_elt.contracts.dialect import StatedDialect, stated_dialect
from healthcare_elt.contracts.expectations import DriftRule, Expectation, drift_rule, expectations

DELIVERY_DATE = "delivery_date"
RESERVED = ("_delivery_id", "_row_number", "_delivery_date", "_arrival", "_loaded_at")
"""What bronze adds to every row (design.md, layers)."""

OP_HAS_ITS_OWN = ("allowed", "pattern", "format", "list_of", "case")


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
    delete_despite_rejects: bool = False
    """Whether a full delivery in which some lines are no rows deletes the keys that it does not hold."""
    op_column: str | None = None
    """The column of a `changes` delivery that says I, U or D of each row."""
    dialect: StatedDialect = StatedDialect()
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    drift: DriftRule = DriftRule()
    expectations: tuple[Expectation, ...] = ()
    """What is expected of each delivery as a whole."""
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
    def header_names(self) -> tuple[str, ...]:
        """Every name under which a file may hold a declared column."""
        return tuple(name for column in self.columns for name in (column.name, *column.aliases))

    def own_name(self, header_name: str) -> str:
        """The column that a file calls so; any other name is its own."""
        return next((column.name for column in self.columns if header_name in column.aliases), header_name)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns that no file can do without: key, moment of effect, operation, and those that are required."""
        needed = {
            *self.key,
            self.effective_at,
            self.op_column,
            *(column.name for column in self.columns if column.required),
        }
        return tuple(name for name in self.column_names if name in needed)

    @property
    def landing_fingerprint(self) -> str:
        """Changes whenever a rule does by which landing takes or rejects a file."""
        names = {column.name: column.aliases for column in self.columns}
        rules = [self.delivers, self.allow_empty, self.on_new_column, self.required_columns, names]
        rules.append(self.dialect.model_dump())
        return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]

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

    @field_validator("dialect", mode="before")
    @classmethod
    def _known_dialect(cls, value: Any) -> StatedDialect:
        return stated_dialect(value)

    @field_validator("drift", mode="before")
    @classmethod
    def _known_drift(cls, value: Any) -> DriftRule:
        return drift_rule(value)

    @field_validator("expectations", mode="before")
    @classmethod
    def _known_expectations(cls, value: Any, info: ValidationInfo) -> tuple[Expectation, ...]:
        return expectations(value, {column.name: column for column in info.data.get("columns", ())})

    @model_validator(mode="after")
    def _columns_fit(self) -> Contract:
        names = self.column_names
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"column {name} is declared twice; remove one")
        self._aliases_fit()
        for name in self.key:
            if name not in names:
                raise ValueError(f"key column {name} is not declared; it may be one of {', '.join(names)}")
        moments = [column.name for column in self.columns if column.data_type in ("date", "timestamp")]
        if self.effective_at not in (DELIVERY_DATE, *moments):
            choices = ", ".join((DELIVERY_DATE, *moments))
            raise ValueError(f"effective_at is {self.effective_at!r} and must be one of {choices}")
        if self.delete_despite_rejects and self.delivers != "full":
            raise ValueError("delete_despite_rejects is for full deliveries; remove it")
        if self.op_column is not None:
            self._op_fits(self.op_column)
        if self.delivers == "full" and self.effective_at != DELIVERY_DATE:
            # A row and a deletion of its key could meet at one moment, and either could be the later.
            raise ValueError(
                f"effective_at is {self.effective_at!r} and must be {DELIVERY_DATE} where delivers is full: "
                "a full delivery is the state of the table on its date"
            )
        return self

    def _op_fits(self, name: str) -> None:
        if self.delivers != "changes":
            raise ValueError("op_column is for changes; a full delivery deletes what it does not hold, so remove it")
        texts = [c.name for c in self.columns if c.data_type == "varchar" and c.name not in self.key]
        if name not in texts:
            raise ValueError(f"op_column is {name!r} and must be a varchar column outside the key: {', '.join(texts)}")
        (column,) = (column for column in self.columns if column.name == name)
        extra = [rule for rule in OP_HAS_ITS_OWN if getattr(column, rule)]
        if extra:
            raise ValueError(
                f"op_column {name} takes I, U and D in any case and nothing else; remove {extra[0]} from it"
            )

    def _aliases_fit(self) -> None:
        taken = {name: f"is a column of {self.table}" for name in self.column_names}
        taken |= dict.fromkeys(RESERVED, "is a column that the platform adds itself")
        for column in self.columns:
            for alias in column.aliases:
                if alias in taken:
                    raise ValueError(f"column {column.name} has the alias {alias}, which {taken[alias]}; remove it")
                taken[alias] = f"is an alias of {column.name} already"


def _is_pattern(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and "/" not in value
