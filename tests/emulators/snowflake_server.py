"""The Snowflake emulator as a fixture: one server for all tests of a process, and connections to it.

Loaded as a plugin (tests/conftest.py), so that a failed test shows what the server was sent. A suite that needs the
server to reach S3 starts one of its own, `running(journal, environment)`, with AWS_ENDPOINT_URL and the keys.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
SHOWN_ON_FAILURE = 40
ON_EMULATORS = "needs the faults or the journal of an emulator"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class SnowflakeServer:
    """Where a running emulator listens, and what tests ask of it beside SQL."""

    host: str
    port: int

    @property
    def settings(self) -> dict[str, str]:
        """The SNOWFLAKE_* variables with which the product connects to it."""
        return {
            "SNOWFLAKE_ACCOUNT": "emulator",
            "SNOWFLAKE_USER": "loader",
            "SNOWFLAKE_PASSWORD": "not checked",
            "SNOWFLAKE_HOST": self.host,
            "SNOWFLAKE_PORT": str(self.port),
            "SNOWFLAKE_PROTOCOL": "http",
            "SNOWFLAKE_LOGIN_TIMEOUT": "20",
            "SNOWFLAKE_NETWORK_TIMEOUT": "60",
        }

    def connect(self, **options: Any) -> Any:
        """A connection of the real connector; options are the connector's own."""
        import snowflake.connector

        chosen = {
            "account": "emulator",
            "user": "loader",
            "password": "not checked",
            "host": self.host,
            "port": self.port,
            "protocol": "http",
            "login_timeout": 20,
            "network_timeout": 60,
            **options,
        }
        chosen["session_parameters"] = {
            "CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False,
            **options.get("session_parameters", {}),
        }
        return snowflake.connector.connect(**chosen)

    def refuse(self, match: str, code: str, message: str, state: str = "42501") -> None:
        """Every login or statement that matches, from now on: see the emulator's refusals.py."""
        self._request("POST", "/refusals", {"match": match, "code": code, "state": state, "message": message})

    def clear_refusals(self) -> None:
        self._request("DELETE", "/refusals")

    def journal(self) -> list[dict[str, Any]]:
        """Every statement since the journal was last cleared: see the emulator's journal.py."""
        return json.loads(self._request("GET", "/journal"))

    def clear_journal(self) -> None:
        self._request("DELETE", "/journal")

    def fault(self, match: str, fault: str) -> None:
        """What happens to the next statement that matches: see the emulator's faults.py."""
        self._request("POST", "/faults", {"match": match, "fault": fault})

    def clear_faults(self) -> None:
        self._request("DELETE", "/faults")

    def _request(self, method: str, path: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.host}:{self.port}{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()


@contextmanager
def running(journal: Path, environment: dict[str, str]) -> Iterator[SnowflakeServer]:
    """A server on a free port for as long as the block lasts; it listens when its address is printed."""
    if not PYTHON.exists():
        pytest.fail("The emulator is not installed: run `make .venv-emulator/.installed`.")
    command = [str(PYTHON), "-m", "snowflake_emulator", "--journal", str(journal)]
    paths = {"PYTHONPATH": str(Path(__file__).parent / "snowflake")}
    with (journal.parent / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, env=os.environ | paths | environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            host, _, port = process.stdout.readline().strip().partition(":")
            if not port:
                pytest.fail(f"The emulator did not start: {(journal.parent / 'server.log').read_text()[-2000:]}")
            yield SnowflakeServer(host, int(port))
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def snowflake_server(is_live: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeServer]:
    """The server that the tests of this process share, without S3; `snowflake_database` keeps them apart."""
    if is_live:
        pytest.skip(ON_EMULATORS)
    with running(tmp_path_factory.mktemp("snowflake") / "journal.jsonl", {}) as server:
        yield server


@pytest.fixture
def snowflake_database(snowflake_server: SnowflakeServer) -> Iterator[str]:
    """The name of a database of the test's own, with an empty journal and no fault waiting."""
    name = f"TEST_{next(_numbers)}"
    with snowflake_server.connect() as connection:
        connection.cursor().execute(f"create database {name}")
    snowflake_server.clear_journal()
    snowflake_server.clear_faults()
    yield name
    snowflake_server.clear_faults()
    with snowflake_server.connect() as connection:
        connection.cursor().execute(f"drop database if exists {name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    server = getattr(item, "funcargs", {}).get("snowflake_server")
    if report.when == "call" and report.failed and server is not None:
        lines = [f"{entry['session']} {entry['outcome']}: {entry['statement']}" for entry in server.journal()]
        report.sections.append(("the last statements that Snowflake was sent", "\n".join(lines[-SHOWN_ON_FAILURE:])))
    return report
