"""The deliveries of `patients`: new patients, and those whose gender is corrected."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from healthcare_elt.sample.blocks import blocks, with_planted
from healthcare_elt.sample.deliveries import HEADERS, Deliveries
from healthcare_elt.sample.faults import FAULTS
from healthcare_elt.sample.people import Patients, People, patient_id
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.truth import Truth

TABLE = "patients"
_HEADER = HEADERS[TABLE]
_WIDER_HEADER = (*_HEADER[:2], "preferred_language", _HEADER[2])


class PatientTable:
    def __init__(self, plan: Plan, people: People, deliveries: Deliveries, truth: Truth) -> None:
        self._plan = plan
        self._people = people
        self._deliveries = deliveries
        self._truth = truth
        self._next_bad = plan.patients

    def write(self, day: int) -> None:
        new, corrected = self._plan.new_patients(day), self._plan.corrected_patients(day)
        is_wider = self._plan.plants("added_column", day)
        with self._deliveries.daily(TABLE, day, header=_WIDER_HEADER if is_wider else _HEADER) as file:
            for lines in with_planted(self._lines(day, is_wider), self._planted(day)):
                file.write(lines)
        self._truth.rows(TABLE, "versions", len(new), new_keys=len(new))
        self._truth.rows(TABLE, "versions", len(corrected))
        if is_wider:
            self._truth.planted("added_column", self._deliveries.name(TABLE, day), 1)

    def _lines(self, day: int, is_wider: bool) -> Iterator[list[str]]:
        for patients in blocks(self._plan.new_patients(day)):
            yield self._block(patients, day, is_wider)
        for numbers in blocks(self._plan.corrected_patients(day)):
            yield self._block(numbers * self._plan.correction_stride, day, is_wider)

    def _block(self, patients: Patients, day: int, is_wider: bool) -> list[str]:
        people = self._people
        columns = [
            map(patient_id, patients.tolist()),
            people.genders(patients, day),
            *([people.languages(patients)] if is_wider else []),
            people.birth_dates(patients),
        ]
        return list(map(",".join, zip(*columns, strict=True)))

    def _planted(self, day: int) -> list[str]:
        """Rows that break one rule each; nothing else mentions their patients."""
        broken = {"blank_key": (0, ""), "impossible_date": (2, "1987-02-30"), "not_allowed_value": (1, "Q")}
        lines: list[str] = []
        for fault, (column, value) in broken.items():
            if self._plan.plants(fault, day):
                count = FAULTS[fault].count
                lines += [self._broken(column, value, day) for _ in range(count)]
                self._truth.planted(fault, self._deliveries.name(TABLE, day), count)
                self._truth.rows(TABLE, "quarantined", count)
        return lines

    def _broken(self, column: int, value: str, day: int) -> str:
        cells = self._block(np.array([self._next_bad]), day, is_wider=False)[0].split(",")
        self._next_bad += 1
        return ",".join([*cells[:column], value, *cells[column + 1 :]])
