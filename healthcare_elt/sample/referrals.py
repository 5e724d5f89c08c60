"""The deliveries of `referrals`: new requests for care, some by people whom `patients` brings only later."""

from __future__ import annotations

from collections.abc import Iterator

from healthcare_elt.sample.blocks import blocks
from healthcare_elt.sample.deliveries import Deliveries
from healthcare_elt.sample.employers import employer_id
from healthcare_elt.sample.people import Patients, People, patient_id
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.procedures import PROCEDURES
from healthcare_elt.sample.truth import Truth

TABLE = "referrals"
_PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x02\x00\x00\x00" + bytes(64)


class ReferralTable:
    def __init__(self, plan: Plan, people: People, deliveries: Deliveries, truth: Truth) -> None:
        self._plan = plan
        self._people = people
        self._deliveries = deliveries
        self._truth = truth

    def write(self, day: int) -> None:
        name = self._deliveries.name(TABLE, day)
        if self._plan.plants("not_csv", day):
            self._deliveries.unreadable(TABLE, day, _PICTURE)
            self._truth.planted("not_csv", name, 1)
            return
        has_mark = self._plan.plants("bom_crlf", day)
        form = {"encoding": "utf-8-sig", "line_end": "\r\n"} if has_mark else {}
        with self._deliveries.daily(TABLE, day, **form) as file:
            for patients in self._patients(day):
                file.write(self._lines(patients, day))
        self._truth.rows(TABLE, "versions", file.rows, new_keys=file.rows)
        if has_mark:
            self._truth.planted("bom_crlf", name, 1)

    def _patients(self, day: int) -> Iterator[Patients]:
        for numbers in blocks(self._plan.referred(day)):
            yield numbers * self._plan.referral_step % self._plan.patients

    def _lines(self, patients: Patients, day: int) -> list[str]:
        people = self._people
        columns = (
            patients.tolist(),
            people.genders(patients, day),
            people.birth_dates(patients),
            people.main_procedure(patients).tolist(),
            people.zips(patients),
            people.employers(patients),
        )
        return [
            f"{patient_id(patient)},{gender},{born},{PROCEDURES[procedure].cpt},{zip_code},{employer_id(employer)}"
            for patient, gender, born, procedure, zip_code, employer in zip(*columns, strict=True)
        ]
