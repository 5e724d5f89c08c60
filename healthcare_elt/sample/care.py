"""What is done to patients: encounters by their number.

Here belong procedure, provider, paid amount and outcome. Which patients, and on which day, the tables decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from healthcare_elt.sample.directory import Directory
from healthcare_elt.sample.numbers import Draws
from healthcare_elt.sample.people import Patients, People, patient_id
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.procedures import PROCEDURES, QUANTILES

Row = tuple[str, str, str, str, str]
"""encounter_id, npi, patient_id, cpt, paid_amount."""


@dataclass(frozen=True)
class Encounters:
    rows: list[Row]
    is_adverse: NDArray[np.bool_]
    is_reported_later: NDArray[np.bool_]
    """The adverse event becomes known only the day after."""


class Care:
    def __init__(self, plan: Plan, people: People, directory: Directory) -> None:
        self._draws = Draws(plan.seed)
        self._people = people
        self._directory = directory
        self._paid = np.array([procedure.paid_cents() for procedure in PROCEDURES])
        self._risk = np.array([procedure.adverse_per_mille for procedure in PROCEDURES])

    def given(self, first_number: int, patients: Patients, day: int) -> Encounters:
        """One encounter for each patient named, numbered from `first_number` on."""
        numbers = np.arange(first_number, first_number + len(patients))
        is_companion = self._draws.below("companion", numbers, 4) == 0
        procedures = np.where(
            is_companion, self._people.companion_procedure(patients), self._people.main_procedure(patients)
        )
        providers = self._directory.performers(procedures, numbers, day)
        cents = self._cents(numbers, procedures, providers)
        risk_per_100_000 = self._risk[procedures] * self._directory.risk_percent[providers]
        return Encounters(
            rows=self._rows(numbers, providers, patients, procedures, cents),
            is_adverse=self._draws.below("adverse", numbers, 100_000) < risk_per_100_000,
            is_reported_later=self._draws.below("reported", numbers, 4) == 0,
        )

    def _cents(
        self, numbers: NDArray[np.int64], procedures: NDArray[np.int64], providers: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        usual = self._paid[procedures, self._draws.below("paid", numbers, QUANTILES)]
        return usual * self._directory.price_percent[providers] // 100 + self._draws.below("cents", numbers, 100)

    def _rows(
        self,
        numbers: NDArray[np.int64],
        providers: NDArray[np.int64],
        patients: Patients,
        procedures: NDArray[np.int64],
        cents: NDArray[np.int64],
    ) -> list[Row]:
        npis = self._directory.npis
        columns = (
            numbers.tolist(),
            providers.tolist(),
            patients.tolist(),
            procedures.tolist(),
            cents.tolist(),
        )
        return [
            (
                encounter_id(number),
                npis[provider],
                patient_id(patient),
                PROCEDURES[procedure].cpt,
                amount(paid),
            )
            for number, provider, patient, procedure, paid in zip(*columns, strict=True)
        ]


def encounter_id(number: int) -> str:
    return f"E{number:08d}"


def amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
