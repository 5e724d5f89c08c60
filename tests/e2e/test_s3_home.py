"""The same sample through a home of folders and through one whose landing zone and ledger are in S3."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aws_server import AwsServer
from faulty_network import Fault, faulty_network

from healthcare_elt.ledger import Event
from healthcare_elt.pipeline.doctor import examine
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.mend import differences
from healthcare_elt.sample import write_sample

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-c", "from healthcare_elt.cli import main; main()"]
SCHEMAS = ("bronze", "silver", "quarantine", "gold", "features", "curated")
BY_RUN = ("_loaded_at", "run_id", "loaded_at")
FAULTS: tuple[tuple[Fault, str, str], ...] = (
    ("throttle", "PUT", "/raw/"),
    ("lose", "PUT", "/raw/"),
    ("lose", "PUT", "/arrivals/"),
    ("lose", "PUT", "/ledger/"),
    ("cut", "GET", "/raw/"),
    ("cut", "GET", "/ledger/"),
    ("throttle", "GET", "list-type"),
)
NOW = datetime.now(UTC)
MakeHome = Callable[..., Home]


def command(*words: str) -> subprocess.CompletedProcess:
    """In the home, and with the AWS, to which the environment of this test points."""
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False, env=dict(os.environ))


def with_sample(home: Home) -> Home:
    write_sample(home.settings.inbox, home.settings.data / "sample_truth.json", days=3, patients=100)
    return home


def in_s3(bucket: str) -> dict[str, str]:
    return {"landing_url": f"s3://{bucket}/landing", "ledger_url": f"s3://{bucket}/metadata/ledger"}


def told(home: Home) -> list[Event]:
    """The ledger without what depends on the run alone."""
    events = (replace(event, at=NOW, run_id=None, modified_ns=0, details=None) for event in home.ledger.events())
    return sorted(events, key=str)


def test_the_sample_in_s3_behind_a_bad_network_gives_what_it_gives_in_folders_key_for_key(
    home: MakeHome,
    aws: AwsServer,
    bucket: str,
    contents: Callable[..., dict[str, list[str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folders = with_sample(home("folders"))
    done = command("run", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    print("folders:", json.loads(done.stdout)["seconds"], "seconds")
    s3 = with_sample(home("s3", **in_s3(bucket)))
    with faulty_network(aws.url) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        for fault, method, part in FAULTS:
            network.fail(fault, lambda way, path, method=method, part=part: way == method and part in path, times=2)
        done = command("run", "--json")
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(network.struck) == 2 * len(FAULTS)
    print("S3:", json.loads(done.stdout)["seconds"], "seconds")
    expected = contents(folders, *SCHEMAS, without=BY_RUN)
    found = contents(s3, *SCHEMAS, without=BY_RUN)
    assert found == expected
    assert sum(map(len, expected.values())) > 1_000
    assert sorted(s3.zone.keys()) == sorted(folders.zone.keys())
    assert told(s3) == told(folders)
    assert differences(s3, hashes=True) == []
    print(f"{len(expected)} tables, {sum(map(len, expected.values())):,} rows, {len(list(s3.zone.keys()))} objects")

    assert not s3.settings.landing.exists()
    assert not s3.settings.ledger.exists()
    assert json.loads(command("run", "--json").stdout)["run"] is None
    exported = command("ledger", "export", "--to", str(tmp_path / "ledger.csv"))
    assert exported.returncode == 0, exported.stdout + exported.stderr


def test_doctor_and_run_say_in_one_sentence_what_is_wrong_with_s3(
    home: MakeHome, bucket: str, aws: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = with_sample(home(**in_s3(bucket)))
    found = {finding.subject: finding for finding in examine()}
    assert found["landing zone"].ok and found["ledger"].ok
    with faulty_network(aws.url) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        network.fail("refuse", lambda *_: True, times=1_000, status=400, code="ExpiredToken")
        found = {finding.subject: finding for finding in examine()}
        for subject, place in (("landing zone", made.settings.landing_url), ("ledger", made.settings.ledger_url)):
            assert not found[subject].ok
            assert found[subject].sentence == (
                f"The {subject} {place} cannot be listed: the credentials have expired; "
                "renew them by `aws sso login` for AWS_PROFILE, or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
                "AWS_SESSION_TOKEN anew, and run again."
            )
        done = command("run")
    assert done.returncode != 0
    assert "the credentials have expired; renew them" in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stdout + done.stderr
