"""A disk that is full at any step: one sentence, and the right result once there is space again."""

from __future__ import annotations

import subprocess
import sys
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
Contents = Callable[..., dict[str, list[str]]]

PHI = ("P1", "P2", "P3", "1980-01-01", "1975-05-05", "Doe")
TRANSFORM = """
import resource, sys
from healthcare_elt.cli.errors import told
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.settings import load_settings
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    for _ in transform(Home(load_settings()), run_id="full"):
        pass
except Exception as error:
    sys.exit(told(error))
"""


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


def test_a_transformation_without_space_stops_with_a_sentence_and_is_made_up_for(
    home: MakeHome, contents: Contents
) -> None:
    made = home()
    put_all(made)
    land_and_load(made)
    stopped = subprocess.run(
        [sys.executable, "-c", TRANSFORM, str(made.settings.warehouse.stat().st_size + (1 << 18))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert stopped.returncode == 1
    assert "Traceback" not in stopped.stdout + stopped.stderr
    assert len(stopped.stderr.splitlines()) == 1, stopped.stderr
    assert "run again" in stopped.stderr
    assert not [value for value in PHI if value in stopped.stdout + stopped.stderr]
    ended = subprocess.run([sys.executable, "-c", TRANSFORM, "-1"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = contents(made)

    undisturbed = home("undisturbed")
    put_all(undisturbed)
    land_and_load(undisturbed)
    made.settings.dbt_target_path.rename(undisturbed.settings.dbt_target_path)
    ended = subprocess.run([sys.executable, "-c", TRANSFORM, "-1"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert found == contents(undisturbed)
