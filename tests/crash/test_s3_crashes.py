"""A process that ends while its landing zone and ledger are in S3; running again makes up for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from deliveries import account, land_and_load, of_few_tables, put_all
from effort import IS_SOAK
from faulty import Fault, FaultyHome, When
from test_every_call import interrupted, undisturbed  # noqa: F401

from healthcare_elt.aws.client import client
from healthcare_elt.aws.create import PART_BYTES
from healthcare_elt.landing import s3 as landing_in_s3
from healthcare_elt.pipeline.home import Home

MakeHome = Callable[..., Home]
EVERY = 1 if IS_SOAK else 8
"""Each stop costs seconds; test_every_call stops at every call with folders."""

KILLED_AT = """
import os, signal, sys
from deliveries import land_and_load, of_few_tables
from healthcare_elt.aws.client import client
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import load_settings
s3 = client("s3")
event, number = sys.argv[1], int(sys.argv[2])
seen = []
def strike(**_):
    seen.append(event)
    if len(seen) == number:
        os.kill(os.getpid(), signal.SIGKILL)
s3.meta.events.register(event, strike)
land_and_load(of_few_tables(Home(load_settings(), s3=s3)))
"""
"""Land and load, and be killed at the n-th request of a kind."""


def in_s3(bucket: str, name: str = "home") -> dict[str, str]:
    return {"landing_url": f"s3://{bucket}/{name}/landing", "ledger_url": f"s3://{bucket}/{name}/ledger"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_land_and_load_in_s3_stopped_at_calls_from_first_to_last_and_run_again(
    home: MakeHome,
    bucket: str,
    undisturbed: dict[str, Any],  # noqa: F811
    when: When,
) -> None:
    for number in count(1, EVERY):
        made = of_few_tables(home(f"stopped-{number}", **in_s3(bucket, f"stopped-{number}")))
        put_all(made)
        fault = Fault(at=number, when=when)
        interrupted(partial(land_and_load, of_few_tables(FaultyHome(made.settings, fault))))
        land_and_load(made)
        assert account(made) == undisturbed, f"stopped {when} call {number}, {fault.calls[-1]}"
        if not fault.struck:
            break
    print(f"every {EVERY}th of some {number} calls, stopped once {when} it was made")
    assert number > 60


@pytest.mark.parametrize(
    ("event", "number", "unfinished"),
    [
        ("before-call.s3.UploadPart", 1, 1),
        ("before-call.s3.UploadPart", 2, 1),
        ("before-call.s3.CompleteMultipartUpload", 1, 1),
        ("after-call.s3.CompleteMultipartUpload", 1, 0),
        ("after-call.s3.PutObject", 1, 0),
        ("before-call.s3.PutObject", 2, 0),
    ],
    ids=[
        "first part",
        "second part",
        "before completion",
        "before the record",
        "after the record",
        "before the ledger",
    ],
)
def test_a_killed_upload_is_made_again_and_what_it_left_is_aborted_hours_later(
    home: MakeHome, bucket: str, event: str, number: int, unfinished: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = of_few_tables(home(**in_s3(bucket)))
    path = made.settings.inbox / "icon_health" / "patients_2026-01-02.csv"
    path.parent.mkdir(parents=True)
    rows = PART_BYTES // 16
    path.write_text("patient_id,gender,birth_date\n" + "".join(f"P{n:08},F,1980-01-01\n" for n in range(rows)))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT, event, str(number)],
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert killed.returncode == -signal.SIGKILL
    uploads = client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    assert len(uploads) == unfinished
    land_and_load(made)
    found = account(made)
    assert [(state.arrival, state.state, state.rows) for state in found["ledger"]] == [(1, "loaded", rows)]
    assert len(found["landing zone"]) == 2
    assert found["differences"] == []
    monkeypatch.setattr(landing_in_s3, "ABANDONED_AFTER", timedelta(hours=-1))
    assert made.zone.clean() == unfinished
