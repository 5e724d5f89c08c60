"""Named formats: a good and a bad value of each, and the check digit of an NPI."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.contracts import FORMATS

EXAMPLES = {
    "npi": ("1234567893", "1234567890"),
    "cpt": ("27447", "2744"),
    "icd10cm": ("M17.11", "17.11"),
    "hcpcs": ("J1100", "Z1100"),
    "ndc": ("0002-8215-01", "0002-8215"),
    "zip": ("10001-1234", "1001"),
    "state": ("NY", "New York"),
    "email": ("a.b@example.org", "a.b@example"),
    "phone": ("(212) 555-0100", "call me"),
    "ssn": ("219-09-9999", "219-09-99"),
    "uuid": ("8d6a9c6e-2f0b-4c56-9a53-0d5d9f3f3b11", "8d6a9c6e"),
}


def test_every_format_has_an_example() -> None:
    assert set(EXAMPLES) == set(FORMATS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_format_tells_a_good_value_from_a_bad_one(name: str) -> None:
    good, bad = EXAMPLES[name]
    assert FORMATS[name](good)
    assert not FORMATS[name](bad)
    assert not FORMATS[name](f"{good}\n")


def test_a_diagnosis_of_the_u_chapter_is_a_diagnosis() -> None:
    assert FORMATS["icd10cm"]("U07.1")


@given(st.integers(min_value=100_000_000, max_value=299_999_999))
def test_exactly_one_check_digit_makes_an_npi(first_nine: int) -> None:
    assert sum(FORMATS["npi"](f"{first_nine}{digit}") for digit in range(10)) == 1
