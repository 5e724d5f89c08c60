"""Features as of a date, by definition: each is counted anew from what was known on that date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gold_oracle import IconHealth, as_of
from history_oracle import Version


@dataclass(frozen=True)
class _Known:
    """An encounter as it was known for a time, and the day on which its adverse event was first reported."""

    version: Version
    reported: date | None
    is_new: bool
    """Nobody knew of it for this patient, provider and procedure on the day before."""

    def is_at(self, day: date) -> bool:
        return as_of([self.version], day) is not None

    def is_adverse_at(self, day: date) -> bool:
        return self.is_at(day) and self.reported is not None and self.reported <= day

    @property
    def days(self) -> Iterator[date]:
        """On which something changed in what was known."""
        yield self.version.valid_from
        if self.version.valid_to is not None:
            yield self.version.valid_to
        if self.reported is not None and self.is_at(self.reported):
            yield self.reported


Counts = tuple[int, int, Decimal]
"""Encounters, adverse events, paid."""


def provider_procedure_features(gold: IconHealth) -> dict[tuple[str, str, date], Counts]:
    """By NPI, procedure and date."""
    known: dict[tuple[str, str], list[_Known]] = {}
    for each in _known(gold):
        npi, _, cpt, _ = each.version.values
        known.setdefault((npi, cpt), []).append(each)
    return {
        (npi, cpt, day): _counts(mine, day)
        for (npi, cpt), mine in known.items()
        for day in {day for each in mine for day in each.days}
    }


PatientFeatures = tuple[str | None, int | None, int, int, Decimal, date | None]
"""Gender, age, the counts, the last day with a new encounter."""


def patient_features(gold: IconHealth) -> dict[tuple[str, date], PatientFeatures]:
    """By patient and date."""
    known: dict[str, list[_Known]] = {patient: [] for patient in gold.dim_patient}
    for each in _known(gold):
        known.setdefault(each.version.values[1], []).append(each)
    return {
        (patient, day): (*_described(gold, patient, day), *_counts(mine, day), _last_activity(mine, day))
        for patient, mine in known.items()
        for day in {day for each in mine for day in each.days}
        | {version.valid_from for version in gold.dim_patient.get(patient, ())}
    }


def _known(gold: IconHealth) -> Iterator[_Known]:
    reported = {key[0]: gold.adverse_events.states[key][0][0] for key in gold.adverse_events.current}
    for key, versions in gold.encounters.versions.items():
        before: Version | None = None
        for version in versions:
            is_new = before is None or before.values[:3] != version.values[:3]
            yield _Known(version, reported.get(key[0]), is_new)
            before = version


def _counts(known: list[_Known], day: date) -> Counts:
    at = [each for each in known if each.is_at(day)]
    paid = sum((each.version.values[3] or Decimal(0) for each in at), Decimal(0))
    return len(at), sum(each.is_adverse_at(day) for each in at), paid


def _last_activity(known: list[_Known], day: date) -> date | None:
    return max(
        (each.version.valid_from for each in known if each.is_new and each.version.valid_from <= day), default=None
    )


def _described(gold: IconHealth, patient: str, day: date) -> tuple[str | None, int | None]:
    version = as_of(gold.dim_patient.get(patient), day)
    gender, born, _ = version.values if version else (None, None, None)
    return gender, born and day.year - born.year - ((day.month, day.day) < (born.month, born.day))
