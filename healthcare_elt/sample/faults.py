"""The faults that the sample plants, by name: where, how many, and what must become of them.

Here belongs the list; how a fault is written is in the module of its table. Each lies on one of the first
three days, and no row or file carries two, so that each count is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FAULT_DAYS = 3
Unit = Literal["rows", "lines", "elements", "files"]


@dataclass(frozen=True)
class Fault:
    table: str
    day: int | None
    """The day of the sample, from 1; none for every day."""
    count: int
    """How many units are planted at each place."""
    expected: str
    reason: str | None = None
    unit: Unit = "rows"


def _quarantined(table: str, day: int, count: int, reason: str) -> Fault:
    return Fault(table, day, count, f"Each row is quarantined with the reason {reason}.", reason)


def _file(table: str, day: int | None, expected: str) -> Fault:
    return Fault(table, day, 1, expected, unit="files")


FAULTS: dict[str, Fault] = {
    "blank_key": _quarantined("patients", 2, 2, "patient_id.required"),
    "impossible_date": _quarantined("patients", 2, 3, "birth_date.type"),
    "not_allowed_value": _quarantined("patients", 2, 4, "gender.allowed"),
    "npi_check_digit": _quarantined("encounters_details", 3, 5, "npi.format"),
    "npi_check_digit_element": Fault(
        "employer_in_network",
        2,
        1,
        "The element is quarantined with the reason in_network_npis.format; its row stays.",
        "in_network_npis.format",
        "elements",
    ),
    "negative_amount": _quarantined("encounters_details", 3, 6, "paid_amount.min"),
    "exact_repeat_in_file": Fault("encounters_details", 1, 3, "Each second copy in the same file is an exact repeat."),
    "exact_repeat_across_days": Fault(
        "encounters_details", 3, 2, "Each row, delivered unchanged on day 1, is an exact repeat."
    ),
    "same_key_twice": Fault(
        "encounters_details", 1, 4, "The later row of each pair is the version, the earlier one superseded."
    ),
    "unknown_provider": Fault(
        "encounters_details", 1, 3, "Each row is a version, and its provider an inferred member."
    ),
    "adverse_before_encounter": Fault(
        "adverse_events", 1, 2, "Each event is a version, and finds its encounter when day 2 delivers it."
    ),
    "late_delivery": _file("encounters_details", 2, "The file of day 2 that comes last is loaded for day 2."),
    "resent_other_name": _file("encounters_details", 2, "The copy is a repeat and is not landed again."),
    "corrected_same_name": _file("providers", 3, "Every row of the earlier delivery for the date is superseded."),
    "header_only_full": _file("employer_in_network", 3, "The delivery is rejected and deletes nothing."),
    "added_column": _file("patients", 3, "The file is loaded by column names; the new column is a warning."),
    "ragged_row": Fault(
        "encounters_details",
        3,
        2,
        "Each line, one too short and one too long, is kept as a reject.",
        unit="lines",
    ),
    "gzip_file": _file("adverse_events", 3, "The compressed file is loaded like any other."),
    "bom_crlf": _file("referrals", 3, "The file with byte order mark and CRLF is loaded like any other."),
    "latin1_file": _file("providers", 2, "The names are the same text as on other days: no version comes of it."),
    "newline_in_quotes": Fault(
        "providers", None, 1, "The name keeps its newline on every day: no version comes of it."
    ),
    "empty_file": _file("adverse_events", 2, "The delivery of 0 bytes is rejected."),
    "not_csv": _file("referrals", 2, "The delivery is rejected, as it is not text."),
}
