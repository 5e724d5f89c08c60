"""The delivery date that a file's name or folders state.

Here belongs only text: the modification day of an undated file is the inbox's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath

# Eight digits alone are a date only in a likely century: otherwise they are somebody's number.
_DATE = re.compile(r"(?<!\d)(?:(\d{4})([-_])(\d{2})\2(\d{2})|((?:19|20|21)\d{2})(\d{2})(\d{2}))(?!\d)", re.ASCII)
_HIVE = re.compile(r"(year|month|day)=(\d{1,4})", re.ASCII | re.IGNORECASE)


class Undatable(Exception):
    """The text looks like a date and is none, or states two: one sentence without the file's name."""


def stated_date(name: str) -> date | None:
    """The delivery date that a path below the inbox states; the file name wins over its folders.

    Raises:
        Undatable: a date is meant, but which one cannot be told.
    """
    path = PurePosixPath(name)
    in_name = date_in(path.name)
    if in_name is not None:
        return in_name
    folders = path.parent.parts
    in_hive = _hive_date(folders)
    if in_hive is not None:
        return in_hive
    return next((found for folder in reversed(folders) if (found := date_in(folder)) is not None), None)


def date_in(text: str) -> date | None:
    """The one date in a file or folder name: YYYY-MM-DD, YYYY_MM_DD or YYYYMMDD."""
    candidates = [_numbers(match) for match in _DATE.finditer(text)]
    dates = {found for numbers in candidates if (found := _date(numbers)) is not None}
    if len(dates) > 1:
        raise Undatable(f"states {len(dates)} dates in its name; rename it with the one it is for")
    if candidates and not dates:
        year, month, day = candidates[0]
        raise Undatable(f"states the date {year:04}-{month:02}-{day:02}, which does not exist; rename it")
    return next(iter(dates), None)


def _numbers(match: re.Match[str]) -> tuple[int, int, int]:
    year, _, month, day, compact_year, compact_month, compact_day = match.groups()
    return int(year or compact_year), int(month or compact_month), int(day or compact_day)


def _hive_date(folders: Iterable[str]) -> date | None:
    parts = {match[1].lower(): int(match[2]) for folder in folders if (match := _HIVE.fullmatch(folder))}
    if set(parts) != {"year", "month", "day"}:
        return None
    found = _date((parts["year"], parts["month"], parts["day"]))
    if found is None:
        raise Undatable("lies in year=/month=/day= folders that are no date; move it to the right ones")
    return found


def _date(numbers: tuple[int, int, int]) -> date | None:
    try:
        return date(*numbers)
    except ValueError:
        return None
