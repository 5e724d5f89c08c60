"""The machine that was measured on, as far as it decides the figures; written down with every result."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

PACKAGES = ("duckdb", "dagster", "dbt-core")


def machine() -> dict[str, float | str]:
    """Cores that may be used, memory in gigabytes (10**9 bytes), versions, and how busy it is now."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory": round(memory, 1),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "load": round(os.getloadavg()[0], 1),
    }


def in_words(told: dict[str, float | str]) -> str:
    versions = ", ".join(f"{name} {told[name]}" for name in ("python", *PACKAGES))
    return f"{told['cores']} cores, {told['memory']} GB, {versions}; load when it began: {told['load']}"
