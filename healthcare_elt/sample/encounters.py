"""The deliveries of `encounters_details`: the past of new patients, follow-ups of known ones, faults."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from healthcare_elt.sample.adverse_events import AdverseEventTable
from healthcare_elt.sample.blocks import blocks, with_planted
from healthcare_elt.sample.care import Care
from healthcare_elt.sample.deliveries import Deliveries
from healthcare_elt.sample.encounter_faults import EncounterFaults
from healthcare_elt.sample.numbering import Numbering
from healthcare_elt.sample.numbers import Draws
from healthcare_elt.sample.people import Patients, People
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.truth import Truth

TABLE = "encounters_details"


class EncounterTable:
    def __init__(
        self, plan: Plan, people: People, care: Care, faults: EncounterFaults, numbering: Numbering,
        adverse: AdverseEventTable, deliveries: Deliveries, truth: Truth,
    ) -> None:  # fmt: skip
        self._plan = plan
        self._people = people
        self._care = care
        self._faults = faults
        self._numbering = numbering
        self._adverse = adverse
        self._deliveries = deliveries
        self._truth = truth
        self._draws = Draws(plan.seed)

    def write(self, day: int) -> None:
        """The encounters of a day, and the adverse events that follow from them."""
        self._adverse.begin(day)
        if self._plan.plants("adverse_before_encounter", day):
            self._adverse.plant_early(self._faults.reserve_awaited())
        with self._deliveries.daily(TABLE, day) as file:
            for lines in with_planted(self._lines(day), self._faults.planted(day)):
                file.write(lines)
        self._adverse.finish(day)
        if self._plan.plants("resent_other_name", day):
            self._truth.planted("resent_other_name", self._deliveries.resend(TABLE, day), 1)

    def write_late(self) -> None:
        """The delivery that comes after all others, for the day that `late_delivery` names."""
        for day in range(1, self._plan.days + 1):
            if not self._plan.plants("late_delivery", day):
                continue
            with self._deliveries.late(TABLE, day) as file:
                for numbers in blocks(range(self._plan.late_encounters)):
                    file.write(self._given(self._drawn_patients("late", numbers, day), day))
            name = self._deliveries.name(TABLE, day, folder="late/")
            self._truth.planted("late_delivery", name, 1, rows=file.rows)

    def _lines(self, day: int) -> Iterator[list[str]]:
        for patients in blocks(self._plan.new_patients(day)):
            repeated = np.repeat(patients, self._people.encounter_counts(patients))
            yield self._given(repeated, day, reports=True)
        for numbers in blocks(range(self._plan.follow_ups if day > 1 else 0)):
            yield self._given(self._drawn_patients(f"follow-up {day}", numbers, day), day, reports=True)

    def _drawn_patients(self, stream: str, numbers: Patients, day: int) -> Patients:
        return self._draws.below(stream, numbers, self._plan.known_patients(max(1, day - 1)))

    def _given(self, patients: Patients, day: int, reports: bool = False) -> list[str]:
        encounters = self._care.given(self._numbering.take(len(patients)), patients, day)
        self._truth.rows(TABLE, "versions", len(patients), new_keys=len(patients))
        if reports:
            self._adverse.add(encounters, day)
        return list(map(",".join, encounters.rows))
