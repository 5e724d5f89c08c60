"""What dbt reads of the project, kept as long as the project does not change.

dbt takes longer to read the project than to build a small day. Here belongs keeping what it has read: for each home,
and on the local target, where nothing in it differs from home to home, beside the project for all of them.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING

from healthcare_elt.atomic import replace_file
from healthcare_elt.settings import Settings
from healthcare_elt.transform.project import (
    ProjectError,
    dbt_arguments,
    export_environment,
    reading_fingerprint,
)
from healthcare_elt.transform.templates import FILE as TEMPLATES
from healthcare_elt.transform.templates import Templates

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

MANIFEST = "manifest.json"
READ = "partial_parse.msgpack"
"""The same as dbt keeps it for itself, with all that a build needs."""
MARK = "manifest.fingerprint"
DRAFT = "draft-"
"""What a process that was killed has left of what it was about to share begins with this."""
EMPTY = "empty-*.duckdb"
"""Beside what was read: the project built over nothing (`transform.empty`), which only an installation makes."""
_reading = Lock()
"""A build asks while it may be read ahead (`transform.ahead`), and dbt can do one thing at a time in a process."""


def prepare_manifest(settings: Settings) -> Path:
    """The path of the manifest, parsed again only if the project has changed.

    Raises:
        ProjectError: dbt cannot parse the project.
        OSError: the machine cannot read or write its files.
    """
    with _reading:
        return _prepared(settings)


def _prepared(settings: Settings) -> Path:
    folder, fingerprint = _kept(settings), reading_fingerprint(settings)
    manifest, mark = folder / MANIFEST, folder / MARK
    if manifest.exists() and mark.exists() and mark.read_text() == fingerprint:
        return manifest
    folder.mkdir(parents=True, exist_ok=True)
    mark.unlink(missing_ok=True)
    shared = _shared(settings, fingerprint)
    if settings.target != "local" or not _is_taken(shared, folder):
        _parse(settings)
        if reading_fingerprint(settings) != fingerprint:  # somebody changed it meanwhile: what was read is of both
            return _prepared(settings)
        (folder / TEMPLATES).unlink(missing_ok=True)  # those of the project as it was before
        _copy(settings.dbt_target_path, folder)
        if settings.target == "local":
            _share(folder, shared)
    replace_file(mark, fingerprint.encode())  # last, so that it vouches for whole files
    return manifest


def read_manifest(settings: Settings) -> Manifest | None:
    """What dbt has read, for a dbt command that then reads nothing; it changes it, so each needs one of its own.

    None where dbt compares by itself: on Snowflake what it reads depends on settings.
    """
    if settings.target != "local":
        return None
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    prepare_manifest(settings)
    read = (_kept(settings) / READ).read_bytes()
    manifest: Manifest = Manifest.from_msgpack(read, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    manifest.write = lambda path: None  # type: ignore[method-assign]  # it is kept already, and nobody reads a copy
    return manifest


def read_templates(settings: Settings) -> Templates:
    """The Jinja of what dbt has read, as far as it was compiled before."""
    return Templates(_kept(settings) / TEMPLATES)


def shared_folder(settings: Settings) -> Path:
    """Where what all homes share of this very project is; not there where the project is read-only."""
    return _shared(settings, reading_fingerprint(settings))


def _shared(settings: Settings, fingerprint: str) -> Path:
    return settings.dbt_project / "target" / f"read-{fingerprint}"


def share_templates(settings: Settings) -> None:
    """Give what this home has compiled to all that come after it."""
    replace_file(shared_folder(settings) / TEMPLATES, (_kept(settings) / TEMPLATES).read_bytes())


def _parse(settings: Settings) -> None:
    from dbt.cli.main import dbtRunner

    export_environment(settings)
    result = dbtRunner().invoke(["--log-level", "none", "parse", *dbt_arguments(settings)])
    if isinstance(result.exception, OSError):  # of the machine, not of the project
        raise result.exception
    if not result.success:
        raise ProjectError(f"dbt cannot read {settings.dbt_project.name}: {_in_one_line(result.exception)}")


def _kept(settings: Settings) -> Path:
    """Where dbt itself writes nothing: it begins its own files anew in each command, and may be stopped in between."""
    return settings.dbt_target_path / "read"


def _copy(source: Path, target: Path) -> None:
    for name in (READ, MANIFEST):
        replace_file(target / name, (source / name).read_bytes())
    with suppress(FileNotFoundError):  # nothing was compiled yet
        replace_file(target / TEMPLATES, (source / TEMPLATES).read_bytes())


def _is_taken(shared: Path, folder: Path) -> bool:
    """False if it cannot be had: it is not there, or another process replaces it just now."""
    try:
        _copy(shared, folder)
    except OSError:
        return False
    return True


def forget_others(shared: Path, *, keep: str = "") -> None:
    """Remove what was read of the project as it was before, except where a file of this pattern was made of it.

    Drafts go as well: one that is being written now is of the same project, which is shared by this process.
    """
    for old in (*shared.parent.glob("read-*"), *shared.parent.glob(f"{DRAFT}*")):
        if old != shared and not (keep and any(old.glob(keep))):
            shutil.rmtree(old, ignore_errors=True)


def _share(source: Path, shared: Path) -> None:
    """In one step; not where the project is read-only. Whoever takes a change back finds what `make setup` made."""
    with suppress(OSError):
        shared.parent.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=shared.parent, prefix=DRAFT) as folder:
            draft = Path(folder) / shared.name
            draft.mkdir()
            _copy(source, draft)
            shutil.rmtree(shared, ignore_errors=True)
            draft.rename(shared)
        forget_others(shared, keep=EMPTY)


def _in_one_line(error: BaseException | None) -> str:
    return " ".join(str(error or "unknown reason").split())
