"""What is wrong with a contract, as one sentence.

Here belongs turning a validation error into words. The rules themselves are in `column` and `contract`.
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError


class ContractError(Exception):
    """A contract is wrong: one sentence that names file, table and column, and what it may say instead."""


def place(file: str, table: str | None = None, column: str | None = None) -> str:
    """Where something is: `icon_health.yml, table patients, column gender`."""
    parts = [file, f"table {table}" if table else None, f"column {column}" if column else None]
    return ", ".join(part for part in parts if part)


def sentence(error: ValidationError, model: type[BaseModel], allowed_keys: list[str]) -> str:
    """The first problem that validation of `model` found."""
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    match first["type"]:
        case "missing":
            return f"{field} is missing{_choices(model, field)}"
        case "extra_forbidden":
            return f"{field} is not a rule; it may be one of {', '.join(allowed_keys)}"
        case "literal_error":
            return f"{field} is {_shown(first['input'])} and must be one of {first['ctx']['expected']}"
        case "value_error":
            return first["msg"].removeprefix("Value error, ")
        case _:
            return f"{field} is {_shown(first['input'])}: {first['msg'].lower()}"


def _choices(model: type[BaseModel], field: str) -> str:
    values = get_args(model.model_fields[field].annotation) if field in model.model_fields else ()
    texts = [value for value in values if isinstance(value, str)]
    return f"; write one of {', '.join(texts)}" if texts else ""


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
