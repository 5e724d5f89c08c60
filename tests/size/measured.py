"""The steps of a run in a process of their own, one after the other, with the time and memory that each took.

Run as a script it takes a home through land, load and transform and prints a line of JSON per step; `in_own_process`
starts it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.settings import load_settings

Step = dict[str, object]
STATUS = Path("/proc/self/status")


def in_own_process() -> list[Step]:
    """Land, load and transform the home that the environment names."""
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def peak(steps: list[Step]) -> int:
    """The most memory that was resident, in MB."""
    return max(int(str(step["megabytes"])) for step in steps)


def table_of(steps: list[Step]) -> str:
    return "\n".join(f"{step['step']:12} {step['seconds']:8.1f} s {step['megabytes']:6} MB" for step in steps)


def _measured(name: str, work: Callable[[], object]) -> None:
    started = time.monotonic()
    work()
    # Of this process alone: what wait() tells of a child includes its parent's memory from before the start.
    resident = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    megabytes = int(resident.split()[1]) // 1000
    print(json.dumps({"step": name, "seconds": time.monotonic() - started, "megabytes": megabytes}), flush=True)


def main() -> None:
    home = Home(load_settings())
    run_id = f"process {os.getpid()}"
    _measured("land", lambda: land_deliveries(home, run_id=run_id))
    _measured("load", lambda: load_deliveries(home, run_id=run_id))
    _measured("transform", lambda: list(transform(home, run_id=run_id)))


if __name__ == "__main__":
    main()
