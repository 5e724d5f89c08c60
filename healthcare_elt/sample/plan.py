"""What was asked for, checked, and the sizes and dates that follow from it.

Here belongs arithmetic on the arguments alone: no random numbers, no files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import gcd

from healthcare_elt.sample.errors import SampleError
from healthcare_elt.sample.faults import FAULT_DAYS, FAULTS

MOST_EMPLOYERS = 40
MOST_PATIENTS = 9_000_000
"""What the seven digits of a patient_id hold, with room for planted ones."""


@dataclass(frozen=True)
class Plan:
    """Days count from 1, patients and providers from 0."""

    seed: int
    days: int
    patients: int
    clean: bool
    first_day: date

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 366:
            raise SampleError(f"A sample has 1 to 366 days, not {self.days}; ask for fewer or more.")
        if not 20 <= self.patients <= MOST_PATIENTS:
            raise SampleError(
                f"A sample has 20 to {MOST_PATIENTS} patients, not {self.patients}; ask for fewer or more."
            )
        if not self.clean and (self.days < FAULT_DAYS or self.patients < 100):
            raise SampleError(
                "A sample with faults needs at least 3 days and 100 patients; ask for that, or a clean one."
            )
        if not 2000 <= self.first_day.year <= 2100:
            raise SampleError(
                f"A sample begins in the years 2000 to 2100, not on {self.first_day}; choose another day."
            )

    def plants(self, fault: str, day: int) -> bool:
        return not self.clean and FAULTS[fault].day in (day, None)

    def date_of(self, day: int) -> date:
        return self.first_day + timedelta(days=day - 1)

    def arrives(self, day: int, hour: int = 6, second: int = 0) -> int:
        """When a file arrives, as a modification time in whole seconds."""
        moment = datetime.combine(self.date_of(day), time(hour), tzinfo=UTC)
        return int(moment.timestamp()) + second

    @property
    def providers(self) -> int:
        return max(20, self.patients // 100)

    @property
    def employers(self) -> int:
        return min(MOST_EMPLOYERS, 8 + self.patients // 10_000)

    def known_patients(self, day: int) -> int:
        """How many patients have been delivered by the end of a day; day 1 carries seven of ten."""
        if day < 1:
            return 0
        if self.days == 1:
            return self.patients
        bulk = self.patients * 7 // 10
        return bulk + (self.patients - bulk) * (day - 1) // (self.days - 1)

    def new_patients(self, day: int) -> range:
        return range(self.known_patients(day - 1), self.known_patients(day))

    @property
    def follow_ups(self) -> int:
        """Encounters per later day of patients known before; over all days one for every ten patients."""
        return max(1, self.patients // (10 * self.days))

    @property
    def late_encounters(self) -> int:
        return max(5, self.patients // 500)

    def corrected_patients(self, day: int) -> range:
        """The patients whose gender is corrected on a day: a few of those of day 1, each once."""
        each = max(1, self.patients // 500)
        most = self.known_patients(1)
        return range(min(max(0, day - 2) * each, most), min((day - 1) * each, most))

    @property
    def correction_stride(self) -> int:
        """Correction number n is that of patient n * stride."""
        return self.known_patients(1) // max(1, self.corrected_patients(self.days).stop)

    def referred(self, day: int) -> range:
        """Referral numbers of a day: 2 % of the patients, and nobody twice over all days."""
        each = max(1, min(self.patients // 50, self.patients // self.days))
        return range(min((day - 1) * each, self.patients), min(day * each, self.patients))

    @property
    def referral_step(self) -> int:
        """Referral number n is that of patient n * step, modulo all: known or yet to come."""
        step = self.patients * 618 // 1000
        while gcd(step, self.patients) != 1:
            step += 1
        return step
