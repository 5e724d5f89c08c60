"""The rows that the sample plants in `encounters_details`, and what must become of them.

Here belongs one function for each fault of rows. Planted encounters have no adverse events, and no other row
names them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from healthcare_elt.sample.care import Care, Row, encounter_id
from healthcare_elt.sample.deliveries import Deliveries
from healthcare_elt.sample.directory import Directory, wrong_check_digit
from healthcare_elt.sample.faults import FAULTS
from healthcare_elt.sample.numbering import Numbering
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.truth import Truth

TABLE = "encounters_details"


class EncounterFaults:
    def __init__(
        self,
        plan: Plan,
        care: Care,
        directory: Directory,
        numbering: Numbering,
        deliveries: Deliveries,
        truth: Truth,
    ) -> None:
        self._plan = plan
        self._care = care
        self._directory = directory
        self._numbering = numbering
        self._deliveries = deliveries
        self._truth = truth
        self._awaited = 0
        self._to_repeat: list[Row] = []

    def planted(self, day: int) -> list[str]:
        """All planted lines of a day, in the order in which the file has them."""
        plant: dict[str, Callable[[int, int], list[Row]]] = {
            "npi_check_digit": self._with_wrong_check_digit,
            "negative_amount": self._with_negative_amount,
            "exact_repeat_in_file": self._twice,
            "exact_repeat_across_days": self._again,
            "same_key_twice": self._with_two_amounts,
            "unknown_provider": self._of_unknown_providers,
            "ragged_row": self._ragged,
        }
        rows = self._of_other_days(day)
        for fault, plants in plant.items():
            if self._plan.plants(fault, day):
                count = FAULTS[fault].count
                rows += plants(count, day)
                self._truth.planted(fault, self._deliveries.name(TABLE, day), count)
        return list(map(",".join, rows))

    def reserve_awaited(self) -> list[str]:
        """The encounters that are delivered the day after their adverse events."""
        count = FAULTS["adverse_before_encounter"].count
        self._awaited = self._numbering.take(count)
        return [encounter_id(self._awaited + each) for each in range(count)]

    def _of_other_days(self, day: int) -> list[Row]:
        """Good rows that a fault of another day needs on this one."""
        rows: list[Row] = []
        if self._plan.plants("exact_repeat_across_days", day + 2):
            self._to_repeat = self._versions(FAULTS["exact_repeat_across_days"].count, day)
            rows += self._to_repeat
        if self._plan.plants("adverse_before_encounter", day - 1):
            count = FAULTS["adverse_before_encounter"].count
            self._truth.rows(TABLE, "versions", count, new_keys=count)
            rows += self._given(self._awaited, count, day)
        return rows

    def _with_wrong_check_digit(self, count: int, day: int) -> list[Row]:
        self._truth.rows(TABLE, "quarantined", count)
        return [(row[0], wrong_check_digit(row[1]), *row[2:]) for row in self._fresh(count, day)]

    def _with_negative_amount(self, count: int, day: int) -> list[Row]:
        self._truth.rows(TABLE, "quarantined", count)
        return [(*row[:4], f"-{row[4]}") for row in self._fresh(count, day)]

    def _twice(self, count: int, day: int) -> list[Row]:
        self._truth.rows(TABLE, "repeats", count)
        rows = self._versions(count, day)
        return rows + rows

    def _again(self, count: int, day: int) -> list[Row]:
        self._truth.rows(TABLE, "repeats", count)
        return self._to_repeat[:count]

    def _with_two_amounts(self, count: int, day: int) -> list[Row]:
        self._truth.rows(TABLE, "superseded", count)
        rows = self._versions(count, day)
        return [(*row[:4], f"1{row[4]}") for row in rows] + rows

    def _of_unknown_providers(self, count: int, day: int) -> list[Row]:
        npis = [self._directory.npi(self._plan.providers + each) for each in range(count)]
        return [(row[0], npi, *row[2:]) for npi, row in zip(npis, self._versions(count, day), strict=True)]

    def _ragged(self, count: int, day: int) -> list[tuple[str, ...]]:
        """In turn a line with cells missing and one with cells too many."""
        self._truth.rows(TABLE, "rejects", count)
        rows = self._fresh(count, day)
        return [row[:3] if place % 2 == 0 else (*row, "surplus") for place, row in enumerate(rows)]

    def _versions(self, count: int, day: int) -> list[Row]:
        self._truth.rows(TABLE, "versions", count, new_keys=count)
        return self._fresh(count, day)

    def _fresh(self, count: int, day: int) -> list[Row]:
        return self._given(self._numbering.take(count), count, day)

    def _given(self, first_number: int, count: int, day: int) -> list[Row]:
        """For patients of day 1, whom every later day knows."""
        patients = np.arange(first_number, first_number + count) % self._plan.known_patients(1)
        return self._care.given(first_number, patients, day).rows
