"""Who the patients are: everything about patient number i is a function of seed and i.

Here belong attributes of persons. What is done to them is in `care`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from healthcare_elt.sample.numbers import Draws
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.procedures import PROCEDURES

Patients = NDArray[np.int64]

_GENDERS = np.array(["F", "M", "X", "U"])
_GENDER_WEIGHTS = (520, 470, 5, 5)
_CORRECTION = np.array([1, 0, 0, 0])
_ENCOUNTER_COUNTS = np.array([1, 2, 3, 4, 5, 6, 8, 12])
_ENCOUNTER_WEIGHTS = (30, 25, 17, 10, 7, 4, 4, 3)
_LANGUAGES = np.array(["en", "es", "zh", "vi", "tl"])
_LANGUAGE_WEIGHTS = (80, 13, 3, 2, 2)
_COMPANION = np.array([procedure.companion for procedure in PROCEDURES])
_AGES = np.array([procedure.ages for procedure in PROCEDURES])


class People:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._draws = Draws(plan.seed)

    def main_procedure(self, patients: Patients) -> NDArray[np.int64]:
        """Position of the procedure that brings them, which also decides their age."""
        return self._draws.weighted("procedure", patients, [procedure.weight for procedure in PROCEDURES])

    def companion_procedure(self, patients: Patients) -> NDArray[np.int64]:
        return _COMPANION[self.main_procedure(patients)]

    def birth_dates(self, patients: Patients) -> list[str]:
        ages = _AGES[self.main_procedure(patients)] * 365
        half = (ages[:, 1] - ages[:, 0]) // 2
        # Two draws make the middle ages the most frequent.
        days = ages[:, 0] + sum(self._draws.below(f"age {part}", patients, half) for part in (1, 2))
        return (np.datetime64(self._plan.first_day, "D") - days).astype(str).tolist()

    def genders(self, patients: Patients, day: int) -> list[str]:
        """As known on a day: corrected, if the correction was delivered by then."""
        first = self._draws.weighted("gender", patients, _GENDER_WEIGHTS)
        number, rest = np.divmod(patients, self._plan.correction_stride)
        is_corrected = (rest == 0) & (number < self._plan.corrected_patients(day).stop)
        return _GENDERS[np.where(is_corrected, _CORRECTION[first], first)].tolist()

    def encounter_counts(self, patients: Patients) -> NDArray[np.int64]:
        return _ENCOUNTER_COUNTS[self._draws.weighted("encounters", patients, _ENCOUNTER_WEIGHTS)]

    def languages(self, patients: Patients) -> list[str]:
        return _LANGUAGES[self._draws.weighted("language", patients, _LANGUAGE_WEIGHTS)].tolist()

    def zips(self, patients: Patients) -> list[int]:
        return (10_000 + self._draws.below("home", patients, 89_000)).tolist()

    def employers(self, patients: Patients) -> list[int]:
        return self._draws.below("employer", patients, self._plan.employers).tolist()


def patient_id(number: int) -> str:
    return f"P{number + 1:07d}"
