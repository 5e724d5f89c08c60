"""What a build needs before its first statement, made ready while the run still loads.

A large load leaves Python alone for most of its time, in which dbt can be imported and what it has read of the project
be taken up. Here belongs beginning that beforehand, and handing over what came of it.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib import import_module
from typing import TYPE_CHECKING

from healthcare_elt.settings import Settings
from healthcare_elt.transform.manifest import read_manifest
from healthcare_elt.transform.project import reading_fingerprint

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

MODULES = ("dbt.cli.main", "dbt.task.build", "dbt.adapters.duckdb", "parsedatetime")
"""What a build imports only when it comes to it."""
_begun: dict[tuple[str, str], Future[Manifest | None]] = {}
"""The last one, by the home's folder for dbt, and by what the project was when it was read."""
_thread = ThreadPoolExecutor(max_workers=1)


def read_ahead(settings: Settings) -> None:
    """Begin to read for the home's next build, unless that is under way; on Snowflake dbt reads by itself."""
    key = _key(settings)
    if settings.target != "local" or key in _begun:
        return
    _begun.clear()
    _begun[key] = _thread.submit(_read, settings, key)


def manifest_for_build(settings: Settings) -> Manifest | None:
    """What `read_manifest` gives; only one build is given what was read ahead, since dbt changes it.

    Of another project it is waited for all the same: dbt closes the connections of whatever else it does just then.
    """
    wait(_begun.values())
    begun = _begun.pop(_key(settings), None)
    read = None if begun is None or begun.exception() else begun.result()
    return read or read_manifest(settings)


def _key(settings: Settings) -> tuple[str, str]:
    return str(settings.dbt_target_path), reading_fingerprint(settings)


def _read(settings: Settings, key: tuple[str, str]) -> Manifest | None:
    """None if the project was changed meanwhile: the change may be taken back before the build."""
    for name in MODULES:
        import_module(name)
    read = read_manifest(settings)
    return read if _key(settings) == key else None
