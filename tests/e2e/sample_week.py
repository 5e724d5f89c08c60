"""A home after one run over the sample week, with what the tests ask of it.

Here belongs reading: deliveries by fault, rows by class, files as a plain reader finds them. What must be there is in
the tests.
"""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.pipeline.home import Home


@dataclass(frozen=True)
class SampleWeek:
    """A home after one run over the sample, and its truth."""

    home: Home
    truth: dict[str, Any]
    run: subprocess.CompletedProcess

    def rows(self, sql: str, *params: object) -> list[dict[str, Any]]:
        with self.home.warehouse(read_only=True) as warehouse:
            return warehouse.rows(sql, params)

    def count(self, relation: str, *params: object) -> int:
        return self.rows(f"select count(*) as n from {relation}", *params)[0]["n"]

    @cached_property
    def states(self) -> list[DeliveryState]:
        return self.home.ledger.deliveries()

    def fault(self, name: str) -> dict[str, Any]:
        return self.truth["faults"][name]

    def planted_file(self, fault: str) -> Path:
        return self.home.settings.inbox / self.fault(fault)["file"]

    def delivery(self, name: str) -> DeliveryState:
        """The delivery of a file that lies at this place in the inbox."""
        (state,) = [state for state in self.states if f"{state.system}/{state.name}" == name]
        return state

    def planted(self, fault: str) -> DeliveryState:
        return self.delivery(self.fault(fault)["file"])

    def classified(self, fault: str, row_class: str) -> list[dict[str, Any]]:
        """Rows of the fault's delivery that are in a class."""
        return self.rows(
            f"select * from silver.icon_health__{self.fault(fault)['table']}_rows "
            "where _delivery_id = ? and _class = ? order by _row_number",
            self.planted(fault).delivery_id,
            row_class,
        )


def text_of(path: Path) -> str:
    raw = content_of(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def records_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file as a plain reader finds them; what is no row is left out."""
    header, *lines = csv.reader(io.StringIO(text_of(path), newline=""))
    return [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)]


def content_of(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
