"""What the landing zone in a folder promises beyond the protocol."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

from healthcare_elt.landing import FolderLandingZone

KEY = "raw/plan/patients/year=2026/month=01/day=02/0123456789abcdef.csv"


def write_half_and_die(root: Path) -> None:
    FolderLandingZone(root).begin().write(b"half")
    os._exit(1)


def test_a_landed_file_is_read_only(tmp_path: Path) -> None:
    zone = FolderLandingZone(tmp_path)
    with zone.begin() as staging:
        staging.write(b"x")
        staging.commit(KEY)
    assert stat.S_IMODE(Path(zone.uri(KEY)).stat().st_mode) == 0o444


def test_what_a_killed_process_left_is_cleaned(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=write_half_and_die, args=(tmp_path,))
    process.start()
    process.join()
    zone = FolderLandingZone(tmp_path)
    assert list(zone.keys()) == []
    assert zone.clean() == 1
    assert zone.clean() == 0


def test_what_a_living_process_writes_is_not_cleaned(tmp_path: Path) -> None:
    zone = FolderLandingZone(tmp_path)
    with zone.begin() as staging:
        staging.write(b"x")
        assert zone.clean() == 0
        staging.commit(KEY)
    assert zone.exists(KEY)


def test_a_zone_that_was_never_written_has_nothing_to_clean(tmp_path: Path) -> None:
    assert FolderLandingZone(tmp_path / "landing").clean() == 0
