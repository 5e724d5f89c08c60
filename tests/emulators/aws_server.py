"""An AWS of this machine: ministack in its own venv, and clients that talk to it.

Here belongs starting and stopping the server, and the environment in which the product finds it. Faults on the way to
it are in `faulty_network`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

import pytest

from healthcare_elt.aws.client import client

MINISTACK = Path(__file__).parents[2] / ".venv-ministack" / "bin" / "ministack"
SERVICES = "s3,ssm,secretsmanager,kms,sns,ses,sqs,sts"


@dataclass(frozen=True)
class AwsServer:
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What points boto3, in this process or another, to the server and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }


@contextmanager
def running() -> Iterator[AwsServer]:
    """A server on a free port of 127.0.0.1, empty, and gone afterwards."""
    if not MINISTACK.exists():
        raise RuntimeError("ministack is not installed; run `make .venv-ministack/.installed`.")
    port = _free_port()
    options = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "SERVICES": SERVICES, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [str(MINISTACK)], env=os.environ | options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        rest = Thread(target=deque, args=(process.stdout, 0))
        try:
            _wait_until_ready(process.stdout)
            rest.start()
            yield AwsServer(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            if rest.ident:
                rest.join()


@pytest.fixture(scope="session")
def aws_server(is_live: bool) -> Iterator[AwsServer]:
    if is_live:
        pytest.skip("needs the faults of an emulator")
    with running() as server:
        yield server


@pytest.fixture
def aws(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> AwsServer:
    """The server as the AWS of this test's environment."""
    point_to(aws_server, monkeypatch)
    return aws_server


@pytest.fixture
def bucket(aws: AwsServer) -> str:
    return new_bucket()


def point_to(server: AwsServer, environment: pytest.MonkeyPatch) -> None:
    """Nothing of another AWS is left in the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        environment.delenv(name)
    for name, value in server.environment.items():
        environment.setenv(name, value)


def new_bucket() -> str:
    """The name of a new, empty bucket."""
    name = f"test-{uuid.uuid4().hex}"
    client("s3").create_bucket(Bucket=name)
    return name


def _wait_until_ready(output: IO[str]) -> None:
    said = []
    for line in output:
        said.append(line)
        if "Running on http" in line:
            return
    raise RuntimeError(f"ministack did not start: {''.join(said)}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
