"""The warehouse that a home begins with: every table and view of the project, built over nothing.

Of the source tables of a project most homes get a few, and a first build would build and test all that rests on the
others. Here belongs building that once for all homes, beside what dbt has read of the project, and beginning a home
with a copy: what is then built is what rests on the deliveries, as on any later day. Only on the local target, where it
is one file; and where nobody has built it (of contracts changed since the install), a first build builds everything.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from healthcare_elt.atomic import replace_file
from healthcare_elt.contracts import Contract, load_sources
from healthcare_elt.landing.folder import create_once, make_folders
from healthcare_elt.settings import Settings
from healthcare_elt.transform.build import DbtFailed, build
from healthcare_elt.transform.manifest import EMPTY, forget_others, prepare_manifest, share_templates, shared_folder
from healthcare_elt.transform.pseudonyms import TABLE as SALT
from healthcare_elt.transform.pseudonyms import keep_pseudonym_salt
from healthcare_elt.transform.state import of_nothing, outstanding, record_transformed
from healthcare_elt.warehouse import DuckDBWarehouse, WarehouseError

FILE = EMPTY.replace("*", duckdb.__version__)


def begin_with_empty(settings: Settings, contracts: Sequence[Contract]) -> None:
    """Give a home that has no warehouse a copy of the empty one, if that was built of this very project.

    The caller holds the home's lock, so what lies there unfinished is of a process that was killed. Where the copy
    cannot be written or is damaged, nothing is left of it: the warehouse begins without, and who opens it says what is
    wrong with the disk.
    """
    if settings.target != "local" or settings.warehouse.exists():
        return
    empty = shared_folder(settings) / FILE
    draft = settings.warehouse.with_name(f".{settings.warehouse.name}.new")
    spill = draft.with_suffix(".spill")
    _remove(draft, spill)
    try:
        # It was never built, or the disk is full, or has damaged it.
        with suppress(OSError, WarehouseError):
            make_folders(draft.parent)
            shutil.copyfile(empty, draft)
            with DuckDBWarehouse(draft, spill=spill) as warehouse:
                record_transformed(warehouse, of_nothing(settings, contracts))
            create_once(draft, settings.warehouse)
    finally:
        _remove(draft, spill)


def _remove(draft: Path, spill: Path) -> None:
    shutil.rmtree(spill, ignore_errors=True)
    for file in (draft, draft.with_name(f"{draft.name}.wal")):
        file.unlink(missing_ok=True)


def build_at_install() -> None:
    """Read the project and build the empty warehouse once, so that no home has to.

    Where a model or a test does not bear empty tables there is none, and each home builds everything itself.
    """
    with TemporaryDirectory() as home:
        settings = Settings(_env_file=None, home=Path(home), target="local")
        prepare_manifest(settings)
        shared = shared_folder(settings)
        if not shared.is_dir():  # the project is read-only here
            return
        contracts = load_sources(settings.dbt_project / "models" / "sources").contracts
        with DuckDBWarehouse(settings.warehouse, spill=settings.spill) as warehouse:
            warehouse.prepare(contracts)
            keep_pseudonym_salt(warehouse, settings)
            left_out = outstanding(settings, warehouse, contracts).exclude()
        try:
            list(build(settings, exclude=left_out))
        except DbtFailed:
            return
        if shared_folder(settings) != shared:  # it was changed meanwhile, and what was built may be of both
            return
        with DuckDBWarehouse(settings.warehouse, spill=settings.spill) as warehouse:
            warehouse.execute(f"drop table {SALT}; checkpoint")  # each home has its own
        replace_file(shared / FILE, settings.warehouse.read_bytes())
        share_templates(settings)
        forget_others(shared)
