"""What a source system promises as a whole: which deliveries of a date belong together, and when they are due.

Here belongs the model of `config: {meta: {ready_when: […], due: "06:00", due_on: […]}}` at a source of the YAML. A
source may be spread over several files and says each rule in one of them. What is expected and missing at a moment is
`pipeline.lateness`, what may be loaded is `pipeline.ready`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from healthcare_elt.contracts.errors import ContractError, sentence
from healthcare_elt.contracts.source_yaml import mapping

SYSTEM_RULES = ["ready_when", "due", "due_on"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class SourceSystem(BaseModel):
    """A source system with its tables, in order of their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    tables: tuple[str, ...]
    ready_when: tuple[str, ...] = ()
    """Tables whose deliveries for a date must be there before any delivery of that date is loaded by itself."""
    due: time | None = None
    """Until when, on the delivery date itself and in the home's time zone, the deliveries of that date are expected."""
    due_on: tuple[str, ...] = WEEKDAYS
    """The weekdays whose dates are expected at all."""

    @property
    def expected(self) -> tuple[str, ...]:
        """Tables of which every date has a delivery, if the system says anything of them."""
        return self.ready_when or (self.tables if self.due else ())

    @field_validator("ready_when", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
            raise ValueError("ready_when must be a list of the system's tables such as [patients, encounters]")
        return tuple(sorted(set(value)))

    @field_validator("due", mode="before")
    @classmethod
    def _time_of_day(cls, value: Any) -> Any:
        # Without its quotes, YAML reads 10:30 as the number 630.
        if not isinstance(value, str) or not _TIME_OF_DAY.fullmatch(value):
            raise ValueError('due must be a time of day in quotes such as "06:00"')
        return time.fromisoformat(value)

    @field_validator("due_on", mode="before")
    @classmethod
    def _weekdays(cls, value: Any) -> Any:
        if not isinstance(value, list) or not value or not all(day in WEEKDAYS for day in value):
            raise ValueError("due_on must be a list of weekdays such as [monday, tuesday]")
        return tuple(day for day in WEEKDAYS if day in value)


def source_systems(stated: Sequence[tuple[Path, dict[str, Any]]], tables: dict[str, list[str]]) -> list[SourceSystem]:
    """Every system in order of its name, whether it states something or not.

    Args:
        stated: entries under `sources`, each with its file.
        tables: the tables of each system.

    Raises:
        ContractError: what a system states is wrong, or stated twice.
    """
    rules: dict[str, dict[str, Any]] = {name: {} for name in tables}
    told_in: dict[tuple[str, str], str] = {}
    for file, source in stated:
        name = str(source["name"])
        where = f"{file.name}, source {name}"
        meta = mapping(mapping(source.get("config"), f"{where}: config").get("meta"), f"{where}: config.meta")
        for rule, value in meta.items():
            if rule not in SYSTEM_RULES:
                raise ContractError(f"{where}: {rule} is not a rule; it may be one of {', '.join(SYSTEM_RULES)}.")
            if first := told_in.get((name, rule)):
                raise ContractError(f"{where}: {rule} is stated before, in {first}; remove one.")
            told_in[name, rule] = file.name
            rules[name] = _system(where, name, tables[name], {**rules[name], rule: value})
    for (name, rule), file in told_in.items():
        if rule == "due_on" and "due" not in rules[name]:
            raise ContractError(f'{file}, source {name}: due_on needs the hour too, such as due: "06:00".')
    return [SourceSystem(name=name, tables=tuple(sorted(tables[name])), **rules[name]) for name in sorted(tables)]


def _system(where: str, name: str, tables: list[str], rules: dict[str, Any]) -> dict[str, Any]:
    """The rules, once they are found right."""
    try:
        system = SourceSystem(name=name, tables=tuple(tables), **rules)
    except ValidationError as error:
        raise ContractError(f"{where}: {sentence(error, SourceSystem, SYSTEM_RULES)}.") from None
    for table in system.ready_when:
        if table not in tables:
            raise ContractError(
                f"{where}: ready_when names {table}, which is no table of it; it may name {', '.join(sorted(tables))}."
            )
    return rules
