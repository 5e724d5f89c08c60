"""A disk that is full at any step: one sentence, and the right result once there is space again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from deliveries import FILES, account, land_and_load, of_few_tables, put_all
from disks import Disk, quota, small_file_system

from healthcare_elt.landing import LandingError, Outcome
from healthcare_elt.ledger import LedgerError
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.warehouse import WarehouseError

MakeHome = Callable[..., Home]

PHI = ("P1", "P2", "P3", "1980-01-01", "1975-05-05", "Doe")


@pytest.fixture(params=["file system", "quota"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "quota":
        yield Disk(tmp_path, quota)
        return
    with small_file_system(tmp_path / "mounted") as found:
        if found is None:
            pytest.skip("only root may mount a small file system")
        yield found


def test_every_step_stops_with_a_sentence_and_is_made_up_for(home: MakeHome, disk: Disk) -> None:
    undisturbed = of_few_tables(home("undisturbed"))
    put_all(undisturbed)
    land_and_load(undisturbed)
    made = of_few_tables(home(str(disk.folder / "home")))
    put_all(made)
    said = []

    with disk.full(), pytest.raises(LandingError, match="could not be copied to the landing zone") as at:
        land_deliveries(made, run_id="full")
    said.append(str(at.value))
    assert not list(made.zone.keys())

    outcomes: list[Outcome] = []
    with ExitStack() as stack:

        def fill(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if len(outcomes) == len(FILES):
                stack.enter_context(disk.full())

        with pytest.raises(LedgerError, match="free space or give the right to write there") as at:
            land_deliveries(made, run_id="full", on_outcome=fill)
    said.append(str(at.value))

    land_deliveries(made, run_id="run")
    with disk.full(), pytest.raises(WarehouseError, match="the disk is full; free space and run again") as at:
        load_deliveries(made, run_id="full")
    said.append(str(at.value))
    with made.warehouse() as warehouse:
        warehouse.prepare(made.contracts)
    with disk.full(), pytest.raises(WarehouseError, match="the disk is full; free space and run again") as at:
        load_deliveries(made, run_id="full")
    said.append(str(at.value))

    assert not [value for value in PHI for sentence in said if value in sentence]
    land_and_load(made)
    assert account(made) == account(undisturbed)
