"""Delivery dates in names and folders."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.landing.dates import Undatable, stated_date

DAY = date(2026, 1, 2)
likely_dates = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))
words = st.text(alphabet="abcdefxyz", min_size=1, max_size=8)


@given(likely_dates, st.sampled_from(["%Y-%m-%d", "%Y_%m_%d", "%Y%m%d"]), words, words)
def test_any_date_in_any_spelling_is_found_in_a_name(day: date, spelling: str, before: str, after: str) -> None:
    assert stated_date(f"{before}_{day.strftime(spelling)}.{after}.csv.gz") == day


@given(likely_dates, words)
def test_any_date_in_folders_is_found(day: date, name: str) -> None:
    assert stated_date(f"year={day.year}/month={day.month}/day={day.day:02}/{name}.csv") == day
    assert stated_date(f"in/{day.isoformat()}/{name}.csv") == day


@given(st.integers(min_value=10**8, max_value=10**18))
def test_longer_numbers_are_never_dates(number: int) -> None:
    assert stated_date(f"patients_{number}.csv") is None


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("patients.csv", None),
        ("patients_12345678.csv", None),
        ("patients_20260102T030405.csv", DAY),
        ("patients-2026-01-02-part3.csv", DAY),
        ("2026-01-09/patients_2026-01-02.csv", DAY),
        ("2026-01-09/2026-01-02/patients.csv", DAY),
        ("year=2026/month=01/patients.csv", None),
        ("patients_2026-01-02_20269999.csv", DAY),
        ("patients_2026-01_02.csv", None),
    ],
)
def test_a_date_is_read_as_people_would(name: str, day: date | None) -> None:
    assert stated_date(name) == day


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("patients_2026-13-45.csv", "states the date 2026-13-45, which does not exist"),
        ("patients_20260230.csv", "states the date 2026-02-30, which does not exist"),
        ("patients_2026-01-01_2026-01-31.csv", "states 2 dates"),
        ("year=2026/month=02/day=30/patients.csv", "folders that are no date"),
    ],
)
def test_what_looks_like_a_date_and_is_none_is_never_guessed(name: str, said: str) -> None:
    with pytest.raises(Undatable, match=said):
        stated_date(name)
