"""The deliveries of a sample: their names, headers and times of arrival, counted as they are made.

Here belongs one file at a time; what a table delivers on a day is in the table's module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from healthcare_elt.sample.outbox import DeliveryFile, Outbox
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.truth import Truth

HEADERS = {
    "patients": ("patient_id", "gender", "birth_date"),
    "providers": ("provider_name", "npi", "zip"),
    "encounters_details": ("encounter_id", "npi", "patient_id", "cpt", "paid_amount"),
    "adverse_events": ("encounter_id",),
    "employer_in_network": ("employer_id", "in_network_npis"),
    "referrals": ("patient_id", "gender", "birth_date", "procedure", "zip", "employer_id"),
}
"""The source tables, in the order in which the system sends them."""
TABLES = tuple(HEADERS)
_NOON, _EVENING = 12, 18


class Deliveries:
    def __init__(self, plan: Plan, outbox: Outbox, truth: Truth) -> None:
        self._plan = plan
        self._outbox = outbox
        self._truth = truth
        self.rows = 0

    def name(self, table: str, day: int, suffix: str = ".csv", folder: str = "") -> str:
        return f"{folder}{table}_{self._plan.date_of(day)}{suffix}"

    def open(
        self,
        table: str,
        day: int,
        *,
        suffix: str = ".csv",
        folder: str = "",
        header: Sequence[str] | None = None,
        encoding: str = "utf-8",
        line_end: str = "\n",
    ) -> DeliveryFile:
        path = self._outbox.path(self.name(table, day, suffix, folder))
        return DeliveryFile(path, header or HEADERS[table], encoding, line_end)

    def close(self, file: DeliveryFile, name: str, table: str, arrives: int) -> None:
        """Take the file as loaded, if a line was ever written."""
        file.close()
        if not file.exists:
            return
        self._outbox.finish(name, arrives)
        self._truth.delivery(table, "loaded")
        self.rows += file.rows

    @contextmanager
    def daily(self, table: str, day: int, **form: object) -> Iterator[DeliveryFile]:
        """The delivery of a table that comes in the morning of its day."""
        with closing(self.open(table, day, **form)) as file:
            yield file
        self.close(file, self.name(table, day), table, self.morning(table, day))

    @contextmanager
    def corrected(self, table: str, day: int) -> Iterator[DeliveryFile]:
        """A second delivery of the same name, at noon."""
        with self._moved(table, day, "corrected/", self._plan.arrives(day, _NOON)) as file:
            yield file

    @contextmanager
    def late(self, table: str, day: int) -> Iterator[DeliveryFile]:
        """A delivery for a day that comes after all others."""
        with self._moved(table, day, "late/", self._plan.arrives(self._plan.days, _EVENING)) as file:
            yield file

    @contextmanager
    def _moved(self, table: str, day: int, folder: str, arrives: int) -> Iterator[DeliveryFile]:
        with closing(self.open(table, day, folder=folder)) as file:
            yield file
        self.close(file, self.name(table, day, folder=folder), table, arrives)

    def resend(self, table: str, day: int) -> str:
        """The delivery of the day once more, under another name; its name."""
        name = f"resent/{table}_copy_{self._plan.date_of(day)}.csv"
        self._outbox.copy(self.name(table, day), name, self._plan.arrives(day, _NOON))
        self._truth.delivery(table, "repeated")
        return name

    def unreadable(self, table: str, day: int, content: bytes) -> str:
        """A file that will be rejected; its name."""
        name = self.name(table, day)
        self._outbox.put(name, content, self.morning(table, day))
        self._truth.delivery(table, "rejected")
        return name

    def morning(self, table: str, day: int) -> int:
        return self._plan.arrives(day, second=10 * TABLES.index(table))
