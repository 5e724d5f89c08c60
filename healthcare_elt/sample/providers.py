"""The deliveries of `providers`: every day the whole directory."""

from __future__ import annotations

from healthcare_elt.sample.deliveries import Deliveries
from healthcare_elt.sample.directory import CORRECTED, TWO_LINED, Directory
from healthcare_elt.sample.faults import FAULTS
from healthcare_elt.sample.full_history import FullHistory
from healthcare_elt.sample.outbox import DeliveryFile
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.truth import Truth

TABLE = "providers"


class ProviderTable:
    def __init__(self, plan: Plan, directory: Directory, deliveries: Deliveries, truth: Truth) -> None:
        self._plan = plan
        self._directory = directory
        self._deliveries = deliveries
        self._truth = truth
        self._history = FullHistory(TABLE, truth)

    def write(self, day: int) -> None:
        before = self._directory.zips[CORRECTED]
        self._directory.move(day)
        if self._plan.plants("corrected_same_name", day):
            self._write_wrong(day, before)
        else:
            self._write_usual(day)
        self._history.add(self._state(day))

    def _write_usual(self, day: int) -> None:
        is_latin = self._plan.plants("latin1_file", day)
        with self._deliveries.daily(TABLE, day, encoding="latin-1" if is_latin else "utf-8") as file:
            self._fill(file, self._deliveries.name(TABLE, day), day)
        if is_latin:
            self._truth.planted("latin1_file", self._deliveries.name(TABLE, day), 1)

    def _write_wrong(self, day: int, before: int) -> None:
        """A delivery with a wrong zip, then one with the right zip; both differ from the day before."""
        self._directory.zips[CORRECTED] = _shifted(before, 1_111)
        with self._deliveries.daily(TABLE, day) as file:
            self._fill(file, self._deliveries.name(TABLE, day), day)
        self._truth.rows(TABLE, "superseded", file.rows)
        self._directory.zips[CORRECTED] = _shifted(before, 2_222)
        name = self._deliveries.name(TABLE, day, folder="corrected/")
        with self._deliveries.corrected(TABLE, day) as file:
            self._fill(file, name, day)
        self._truth.planted("corrected_same_name", name, 1)

    def _fill(self, file: DeliveryFile, name: str, day: int) -> None:
        npis = self._directory.npis
        file.write(
            [
                f"{_cell(self._directory.names[number])},{npis[number]},{self._directory.zips[number]}"
                for number in self._listed(day)
            ]
        )
        if self._plan.plants("newline_in_quotes", day) and TWO_LINED in self._listed(day):
            self._truth.planted("newline_in_quotes", name, FAULTS["newline_in_quotes"].count)

    def _state(self, day: int) -> dict[str, object]:
        return {
            self._directory.npis[number]: (self._directory.names[number], self._directory.zips[number])
            for number in self._listed(day)
        }

    def _listed(self, day: int) -> list[int]:
        absent = self._directory.absent(day)
        return [number for number in range(self._plan.providers) if number != absent]


def _shifted(zip_code: int, by: int) -> int:
    return 10_000 + (zip_code - 10_000 + by) % 89_000


def _cell(text: str) -> str:
    return f'"{text}"' if "\n" in text else text
