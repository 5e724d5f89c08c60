"""From arguments to an inbox full of deliveries and the truth about them.

Here belongs the order of the steps. Nothing is seen in the inbox before everything is made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from healthcare_elt.sample.adverse_events import AdverseEventTable
from healthcare_elt.sample.care import Care
from healthcare_elt.sample.deliveries import TABLES, Deliveries
from healthcare_elt.sample.directory import Directory
from healthcare_elt.sample.encounter_faults import EncounterFaults
from healthcare_elt.sample.encounters import EncounterTable
from healthcare_elt.sample.errors import SampleError
from healthcare_elt.sample.networks import NetworkTable
from healthcare_elt.sample.numbering import Numbering
from healthcare_elt.sample.outbox import SYSTEM, Outbox
from healthcare_elt.sample.patients import PatientTable
from healthcare_elt.sample.people import People
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.providers import ProviderTable
from healthcare_elt.sample.referrals import ReferralTable
from healthcare_elt.sample.truth import Truth, parameters


@dataclass(frozen=True)
class SampleSummary:
    files: int
    rows: int
    """Lines after the header, in all files that are read."""
    bytes: int
    faults: dict[str, int]


def write_sample(
    inbox: Path,
    truth_file: Path,
    *,
    days: int = 7,
    patients: int = 1000,
    seed: int = 7,
    clean: bool = False,
    first_day: date = date(2026, 1, 2),
) -> SampleSummary:
    """Write deliveries of the source system icon_health to the inbox, and the truth about them beside it.

    The same arguments give the same bytes and modification times; memory does not grow with `patients`.

    Args:
        truth_file: gets, as JSON, what must become of the deliveries and their rows, and where each fault is.

    Raises:
        SampleError: an argument is out of range, another sample is there, or a folder cannot be written.
    """
    plan = Plan(seed, days, patients, clean, first_day)
    _refuse_other_sample(plan, inbox, truth_file)
    try:
        inbox.mkdir(parents=True, exist_ok=True)
        # A dot folder is nothing that landing looks at.
        with TemporaryDirectory(prefix=".sample-", dir=inbox) as folder:
            outbox = Outbox(Path(folder))
            truth = Truth(plan, TABLES)
            rows = _make(plan, outbox, truth)
            outbox.refuse_other_files(inbox)
            _write_truth(truth_file, truth)
            outbox.publish(inbox)
    except OSError as error:
        raise SampleError(
            f"The sample could not be written to {inbox} ({error.strerror or error}); "
            "free space or give the right to write there, then run again."
        ) from error
    return SampleSummary(outbox.files, rows, outbox.bytes, truth.fault_counts())


def _make(plan: Plan, outbox: Outbox, truth: Truth) -> int:
    people, directory, numbering = People(plan), Directory(plan), Numbering()
    care = Care(plan, people, directory)
    deliveries = Deliveries(plan, outbox, truth)
    adverse = AdverseEventTable(plan, deliveries, truth)
    faults = EncounterFaults(plan, care, directory, numbering, deliveries, truth)
    encounters = EncounterTable(plan, people, care, faults, numbering, adverse, deliveries, truth)
    tables = (
        PatientTable(plan, people, deliveries, truth),
        ProviderTable(plan, directory, deliveries, truth),
        encounters,
        NetworkTable(plan, directory, deliveries, truth),
        ReferralTable(plan, people, deliveries, truth),
    )
    for day in range(1, plan.days + 1):
        for table in tables:
            table.write(day)
    encounters.write_late()
    return deliveries.rows


def _refuse_other_sample(plan: Plan, inbox: Path, truth_file: Path) -> None:
    folder = inbox / SYSTEM
    if not truth_file.exists() or not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        content = json.loads(truth_file.read_text())
        found = {name: content.get(name) for name in parameters(plan)}
    except (OSError, ValueError, AttributeError):
        raise SampleError(
            f"{truth_file} is not the truth of a sample, so nothing was written; move it away and run again."
        ) from None
    if found != parameters(plan):
        raise SampleError(
            f"{folder} holds a sample with other parameters, so nothing was written; "
            f"move it and {truth_file} away, or choose another HEALTHCARE_ELT_HOME."
        )


def _write_truth(truth_file: Path, truth: Truth) -> None:
    truth_file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = truth_file.with_name(f".{truth_file.name}.part")
    unfinished.write_text(truth.text())
    unfinished.replace(truth_file)
