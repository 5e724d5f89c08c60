"""What a contract expects of each delivery as a whole, in the words of Great Expectations.

Names and arguments are those of Great Expectations' core expectations (docs.greatexpectations.io), and so is their
meaning: nulls break no expectation but `to_not_be_null`, `mostly` is the share of the others that must meet it. Here
belongs what may be written. The SQL is in dbt_project/macros/health/expectations.sql, which names the same ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

from healthcare_elt.contracts.column import Column
from healthcare_elt.contracts.patterns import require_pattern

BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")
NUMBERS = ("integer", "bigint", "double", "decimal")
ORDERED = (*NUMBERS, "date", "timestamp")
TEXTS = ("varchar",)
ANY: tuple[str, ...] = ()
SWITCHES = ("strict_min", "strict_max", "or_equal", "ties_okay")


@dataclass(frozen=True)
class Kind:
    """What one expectation takes."""

    columns: tuple[str, ...]
    """Its arguments that name columns, all of them required; `column_list` names several."""
    arguments: tuple[str, ...]
    required: tuple[str, ...] = ()
    types: tuple[str, ...] = ANY
    """Which columns it can be asked of; any if empty."""


def _rows(*arguments: str, types: tuple[str, ...] = ANY, required: tuple[str, ...] = ()) -> Kind:
    return Kind(("column",), (*arguments, "mostly"), required, types)


def _figure(types: tuple[str, ...] = ANY) -> Kind:
    return Kind(("column",), BOUNDS, (), types)


EXPECTATIONS: Mapping[str, Kind] = MappingProxyType(
    {
        "expect_column_values_to_not_be_null": _rows(),
        "expect_column_values_to_be_between": _rows(*BOUNDS, types=ORDERED),
        "expect_column_values_to_be_in_set": _rows("value_set", required=("value_set",)),
        "expect_column_values_to_match_regex": _rows("regex", types=TEXTS, required=("regex",)),
        "expect_column_values_to_be_unique": _rows(),
        "expect_column_value_lengths_to_be_between": _rows(*BOUNDS, types=TEXTS),
        "expect_column_mean_to_be_between": _figure(NUMBERS),
        "expect_column_median_to_be_between": _figure(NUMBERS),
        "expect_column_sum_to_be_between": _figure(NUMBERS),
        "expect_column_stdev_to_be_between": _figure(NUMBERS),
        "expect_column_min_to_be_between": _figure(NUMBERS),
        "expect_column_max_to_be_between": _figure(NUMBERS),
        "expect_column_quantile_values_to_be_between": Kind(
            ("column",), ("quantile_ranges",), ("quantile_ranges",), NUMBERS
        ),
        "expect_column_unique_value_count_to_be_between": _figure(),
        "expect_column_proportion_of_unique_values_to_be_between": _figure(),
        "expect_column_most_common_value_to_be_in_set": Kind(("column",), ("value_set", "ties_okay"), ("value_set",)),
        "expect_column_pair_values_a_to_be_greater_than_b": Kind(
            ("column_A", "column_B"), ("or_equal", "mostly"), (), ORDERED
        ),
        "expect_compound_columns_to_be_unique": Kind(("column_list",), ("mostly",)),
        "expect_table_row_count_to_be_between": Kind((), ("min_value", "max_value")),
    }
)
"""Every expectation that a contract may have."""


class Expectation(BaseModel):
    """One expectation of a contract."""

    model_config = ConfigDict(frozen=True)

    name: str
    arguments: dict[str, Any]
    severity: str
    """warn or error: how the asset check says that it does not hold."""


class DriftRule(BaseModel):
    """How a table's deliveries are judged by those before them."""

    model_config = ConfigDict(frozen=True)

    window: int = 14
    """Earlier deliveries that one is compared with."""
    severity: str = "warn"


def drift_rule(value: Any) -> DriftRule:
    """
    Raises:
        ValueError: with a sentence, if it is none.
    """
    if isinstance(value, DriftRule):
        return value
    names = ", ".join(DriftRule.model_fields)
    if not isinstance(value, dict):
        raise ValueError(f"drift must be a mapping such as {{window: 14, severity: warn}}; it may hold {names}")
    for name in value:
        if name not in DriftRule.model_fields:
            raise ValueError(f"drift.{name} is not a rule; it may be one of {names}")
    window = value.get("window", 14)
    if isinstance(window, bool) or not isinstance(window, int) or not 3 <= window <= 100:
        raise ValueError(f"drift.window is {window!r} and must be a number of deliveries from 3 to 100")
    return DriftRule(window=window, severity=_severity("drift.severity", value.get("severity", "warn")))


def expectations(value: Any, columns: Mapping[str, Column]) -> tuple[Expectation, ...]:
    """The expectations of a table with these columns.

    Raises:
        ValueError: with a sentence that names the expectation and what may be written, if one is wrong.
    """
    if not isinstance(value, list | tuple):
        raise ValueError("expectations must be a list such as [{expect_table_row_count_to_be_between: {min_value: 1}}]")
    return tuple(each if isinstance(each, Expectation) else _expectation(each, columns) for each in value)


def _expectation(entry: Any, columns: Mapping[str, Column]) -> Expectation:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ValueError("each of expectations must be one name with its arguments, such as {expect_…: {column: …}}")
    ((name, given),) = entry.items()
    if name not in EXPECTATIONS:
        raise ValueError(f"expectation {name} is unknown; it may be one of {', '.join(EXPECTATIONS)}")
    kind = EXPECTATIONS[name]
    allowed = (*kind.columns, *kind.arguments, "severity")
    if not isinstance(given, dict):
        raise ValueError(f"expectation {name} must have its arguments as a mapping; it takes {', '.join(allowed)}")
    for argument in given:
        if argument not in allowed:
            raise ValueError(f"expectation {name} has no argument {argument}; it takes {', '.join(allowed)}")
    for argument in (*kind.columns, *kind.required):
        if argument not in given:
            raise ValueError(f"expectation {name} lacks {argument}; it takes {', '.join(allowed)}")
    where = f"expectation {name}: "
    try:
        _columns_fit(kind, given, columns)
        for argument, item in given.items():
            _argument_fits(argument, item, given, columns)
        _has_a_bound(kind, given)
        severity = _severity("severity", given.get("severity", "warn"))
    except ValueError as error:
        raise ValueError(f"{where}{error}") from None
    return Expectation(name=name, arguments={k: v for k, v in given.items() if k != "severity"}, severity=severity)


def _columns_fit(kind: Kind, given: dict[str, Any], columns: Mapping[str, Column]) -> None:
    for argument in kind.columns:
        named = given[argument]
        if argument == "column_list" and (not isinstance(named, list) or len(named) < 2):
            raise ValueError("column_list must name two columns or more, such as [npi, zip]")
        for name in named if argument == "column_list" else [named]:
            if not isinstance(name, str) or name not in columns:
                raise ValueError(
                    f"{argument} names {name!r}, which is no column; it may be one of {', '.join(columns)}"
                )
            base = columns[name].data_type.partition("(")[0]
            if kind.types and base not in kind.types:
                raise ValueError(f"{argument} is {name}, a {base}, and must be a {' or '.join(kind.types)} column")
    pair = [columns[given[name]].data_type for name in ("column_A", "column_B") if name in given]
    if len({_family(data_type) for data_type in pair}) > 1:
        raise ValueError(f"column_A is a {pair[0]} and column_B a {pair[1]}; name two that can be compared")


def _family(data_type: str) -> str:
    return "number" if data_type.partition("(")[0] in NUMBERS else "moment"


def _argument_fits(argument: str, item: Any, given: dict[str, Any], columns: Mapping[str, Column]) -> None:
    if argument == "mostly" and not (_is_number(item) and 0 < item <= 1):
        raise ValueError(f"mostly is {item!r} and must be a share above 0 and up to 1, such as 0.99")
    if argument in SWITCHES and not isinstance(item, bool):
        raise ValueError(f"{argument} is {item!r} and must be true or false")
    if argument == "value_set":
        _set_fits(item, columns[given["column"]].data_type)
    if argument == "regex":
        require_pattern("regex", item)
    if argument in ("min_value", "max_value"):
        _bound_fits(argument, item, columns.get(given.get("column", "")))
    if argument == "quantile_ranges":
        _quantiles_fit(item)


def _bound_fits(argument: str, item: Any, column: Column | None) -> None:
    if column is not None and column.data_type in ("date", "timestamp"):
        if not _is_moment(item):
            raise ValueError(f"{argument} is {item!r} and must be a day such as 2026-01-31")
    elif not _is_number(item):
        raise ValueError(f"{argument} is {item!r} and must be a number")


def _quantiles_fit(item: Any) -> None:
    shape = "{quantiles: [0.5, 0.9], value_ranges: [[100, 200], [400, null]]}"
    if not isinstance(item, dict) or set(item) != {"quantiles", "value_ranges"}:
        raise ValueError(f"quantile_ranges must be such as {shape}")
    shares, ranges = item["quantiles"], item["value_ranges"]
    fits = isinstance(shares, list) and isinstance(ranges, list) and len(shares) == len(ranges) > 0
    fits = fits and all(_is_number(share) and 0 <= share <= 1 for share in shares)
    if not fits or not all(isinstance(ends, list) and len(ends) == 2 and _are_ends(ends) for ends in ranges):
        raise ValueError(f"quantile_ranges must hold as many ranges as quantiles from 0 to 1, such as {shape}")


def _are_ends(ends: list[Any]) -> bool:
    return all(end is None or _is_number(end) for end in ends)


def _has_a_bound(kind: Kind, given: dict[str, Any]) -> None:
    if "min_value" in kind.arguments and given.get("min_value") is None and given.get("max_value") is None:
        raise ValueError("min_value or max_value is missing; write at least one of them")


def _set_fits(values: Any, data_type: str) -> None:
    if not isinstance(values, list) or not values:
        raise ValueError("value_set must be a list of values, such as [F, M]")
    fits = _FITS.get(data_type.partition("(")[0], _is_number)
    for value in values:
        if not fits(value):
            raise ValueError(f"value_set holds {value!r}, which is no {data_type}; correct it, or write it in quotes")


def _is_whole(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool)


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item)


def _is_text(item: Any) -> bool:
    return isinstance(item, str) or _is_number(item)


def _is_switch(item: Any) -> bool:
    return isinstance(item, bool)


def _is_moment(item: Any) -> bool:
    """A day, or a moment without a zone; YAML makes a date of it unless it is in quotes."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", str(item)):
        return False
    try:
        datetime.fromisoformat(str(item))
    except ValueError:
        return False
    return True


_FITS = {
    "varchar": _is_text,
    "integer": _is_whole,
    "bigint": _is_whole,
    "boolean": _is_switch,
    "date": _is_moment,
    "timestamp": _is_moment,
}
"""What may stand in a `value_set` of a column of this type; of any other, a number."""


def _severity(argument: str, value: Any) -> str:
    if value not in ("warn", "error"):
        raise ValueError(f"{argument} is {value!r} and must be one of warn, error")
    return value
