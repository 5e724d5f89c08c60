"""What was measured on which machine, as far as it decides the figures; written down with every result."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.runners import OTHERS, ROOT

PACKAGES = ("duckdb", "dagster", "dbt-core")
OTHERS_PACKAGES = ("dlt", "duckdb", "dbt-core", "pandas")
"""Of the environment of their own; the usual design runs on the packages of the platform."""
SECONDS = 2.0
"""For so long the machine is watched before a measurement begins."""


def machine() -> dict[str, float | str]:
    """Cores that may be used, memory in gigabytes (10**9 bytes), versions, share of cores that others use, when."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory": round(memory, 1),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "busy": round(_busy(), 2),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"),
    }


def others() -> str:
    """The versions of what the platform is compared with, in words; empty where it is not installed."""
    found = f"(f'{{name}} {{version(name)}}' for name in {OTHERS_PACKAGES})"
    script = f"from importlib.metadata import version; print(*{found}, sep=', ')"
    return _said(str(OTHERS / "python"), "-c", script)


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _busy() -> float:
    """As Linux tells; 0 on other systems."""
    try:
        before = _jiffies()
        time.sleep(SECONDS)
        busy, idle = (now - then for now, then in zip(_jiffies(), before, strict=True))
    except OSError:
        return 0.0
    return busy / (busy + idle)


def _jiffies() -> tuple[int, int]:
    """Of all cores since they started: at work, and idle or waiting for a disk (fields 4 and 5 of proc_stat(5))."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split(maxsplit=9)[1:9]]
    idle = sum(fields[3:5])
    return sum(fields) - idle, idle


def in_words(told: dict[str, float | str]) -> str:
    versions = ", ".join(f"{name} {told[name]}" for name in ("python", *PACKAGES))
    busy = f"{told['busy']:.0%} of the cores at other work when it began"
    when = f"; {told['date']}, commit {told['commit'] or 'unknown'}" if "date" in told else ""
    return f"{told['cores']} cores, {told['memory']} GB, {versions}; {busy}{when}"
