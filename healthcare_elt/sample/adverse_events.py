"""The deliveries of `adverse_events`: encounters that went wrong, some known only the day after."""

from __future__ import annotations

from healthcare_elt.sample.care import Encounters
from healthcare_elt.sample.deliveries import Deliveries
from healthcare_elt.sample.outbox import DeliveryFile
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.truth import Truth

TABLE = "adverse_events"


class AdverseEventTable:
    """Written while the encounters of the same day are made."""

    def __init__(self, plan: Plan, deliveries: Deliveries, truth: Truth) -> None:
        self._plan = plan
        self._deliveries = deliveries
        self._truth = truth
        self._file: DeliveryFile | None = None
        self._name = ""
        self._later: list[str] = []

    def begin(self, day: int) -> None:
        if self._plan.plants("empty_file", day):
            self._file = None
            return
        suffix = ".csv.gz" if self._plan.plants("gzip_file", day) else ".csv"
        self._name = self._deliveries.name(TABLE, day, suffix)
        self._file = self._deliveries.open(TABLE, day, suffix=suffix)
        self._file.write(self._later)
        self._later = []

    def add(self, encounters: Encounters, day: int) -> None:
        happened = [
            (row[0], later)
            for row, adverse, later in zip(
                encounters.rows,
                encounters.is_adverse.tolist(),
                encounters.is_reported_later.tolist(),
                strict=True,
            )
            if adverse
        ]
        waits = self._file is None
        can_wait = day < self._plan.days
        self._later += [encounter for encounter, later in happened if waits or (later and can_wait)]
        if not waits:
            self._file.write([encounter for encounter, later in happened if not (later and can_wait)])

    def plant_early(self, encounters: list[str]) -> None:
        """Events whose encounters come only on a later day."""
        self._file.write(encounters)
        self._truth.planted("adverse_before_encounter", self._name, len(encounters))

    def finish(self, day: int) -> None:
        if self._file is None:
            name = self._deliveries.unreadable(TABLE, day, b"")
            self._truth.planted("empty_file", name, 1)
            return
        if self._plan.plants("gzip_file", day):
            self._file.begin()
            self._truth.planted("gzip_file", self._name, 1)
        self._deliveries.close(self._file, self._name, TABLE, self._deliveries.morning(TABLE, day))
        self._truth.rows(TABLE, "versions", self._file.rows, new_keys=self._file.rows)
