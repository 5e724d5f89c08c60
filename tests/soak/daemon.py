"""`dagster-daemon` as a process over one home: begun, listened to, killed with all that it started.

Here belongs the process. What is dropped meanwhile, and what must be in the home afterwards, is in the tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

from healthcare_elt.pipeline.dagster_home import prepare_dagster_home
from healthcare_elt.pipeline.home import Home

DAGSTER, DAEMON = (Path(sys.executable).with_name(name) for name in ("dagster", "dagster-daemon"))
DEFINITIONS = ("-m", "healthcare_elt.definitions")
PATIENCE_SECONDS = 900
"""What a word may take on a machine that is busy with other tests."""


def switch_on(home: Home, sensor: str) -> None:
    """As in the UI: it stays on in this home, whichever daemon runs."""
    subprocess.run([DAGSTER, "sensor", "start", sensor, *DEFINITIONS], env=_environment(home), check=True)


def _environment(home: Home) -> dict[str, str]:
    return os.environ | {
        "DAGSTER_HOME": str(prepare_dagster_home(home.settings)),
        "HEALTHCARE_ELT_LOOK_SECONDS": "1",
        "PYTHONUNBUFFERED": "1",
    }


class Daemon:
    """Sensors look as often as the daemon allows."""

    def __init__(self, home: Home) -> None:
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [DAEMON, "run", *DEFINITIONS],
            env=_environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, *words: str) -> str:
        """Listen until a line holds one of these."""
        until = monotonic() + PATIENCE_SECONDS
        assert self._process.stdout
        for line in self._process.stdout:
            self.said.append(line)
            if any(each in line for each in words):
                return line
            assert monotonic() < until, f"nobody said {' or '.join(words)}: {''.join(self.said[-30:])}"
        raise AssertionError(f"the daemon ended: {''.join(self.said[-30:])}")

    def listen(self, lines: int) -> None:
        """Until it has said so many lines more."""
        assert self._process.stdout
        for _ in range(lines):
            self.said.append(self._process.stdout.readline())

    def kill(self) -> None:
        """At once, with its code server and the processes of its runs."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
