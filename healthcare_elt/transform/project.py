"""The dbt project's files: their fingerprints, and what every dbt command is told."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from healthcare_elt.settings import Settings
from healthcare_elt.settings_snowflake import load_snowflake_settings
from healthcare_elt.transform.pseudonyms import pseudonym_salt
from healthcare_elt.transform.snowflake_profile import export_snowflake

SOURCE_FOLDERS = ("macros", "models", "seeds", "snapshots", "tests")
SOURCE_FILES = ("dbt_project.yml", "profiles.yml")


class ProjectError(Exception):
    """The dbt project cannot be read: one sentence, the first that dbt says."""


def _fingerprint(files: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\x1f{file.stat().st_size}\x1f".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def macros_fingerprint(settings: Settings) -> str:
    """Changes when any macro does; what was built by the old one is then built again."""
    macros = settings.dbt_project / "macros"
    return _fingerprint(macros.rglob("*.sql"), macros)


def reading_fingerprint(settings: Settings) -> str:
    """Changes when anything that dbt reads of the project does: target, files, variables, dbt itself."""
    root = settings.dbt_project
    files = [path for folder in SOURCE_FOLDERS for path in (root / folder).rglob("*") if path.is_file()]
    files += [root / name for name in SOURCE_FILES]
    return _digest([settings.target, _fingerprint(files, root), dbt_vars(settings), version("dbt-core")])


def project_fingerprint(settings: Settings) -> str:
    """Changes when anything does that tables are made of, beside deliveries: the project and the salt of pseudonyms."""
    return _digest([reading_fingerprint(settings), pseudonym_salt(settings)])


def _digest(what: list[Any]) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]


def dbt_vars(settings: Settings) -> dict[str, str]:
    return {"macros_fingerprint": macros_fingerprint(settings)}


def dbt_arguments(settings: Settings) -> list[str]:
    """What every dbt command of this home shares."""
    return [
        "--project-dir", str(settings.dbt_project),
        "--profiles-dir", str(settings.dbt_project),
        "--target", settings.target,
        "--target-path", str(settings.dbt_target_path),
        "--log-path", str(settings.dbt_target_path / "logs"),
        "--vars", json.dumps(dbt_vars(settings)),
    ]  # fmt: skip


def export_environment(settings: Settings) -> None:
    """Tell profiles.yml where this home's warehouse is, and what it may use.

    Raises:
        SettingsError: the target is Snowflake, and a setting of it is missing or wrong.
    """
    if settings.target == "snowflake":
        export_snowflake(load_snowflake_settings(settings))
    os.environ["HEALTHCARE_ELT_WAREHOUSE"] = str(settings.warehouse)
    os.environ["HEALTHCARE_ELT_DBT_THREADS"] = str(settings.dbt_threads)
    os.environ["HEALTHCARE_ELT_MEMORY_LIMIT"] = settings.memory_limit
    os.environ["HEALTHCARE_ELT_SPILL"] = str(settings.spill)
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
