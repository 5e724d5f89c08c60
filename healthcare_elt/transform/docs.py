"""dbt's documentation of the project as one page: models, columns, tests and lineage.

Here belongs starting dbt for it, and making its page one that asks nobody for anything and tells nothing of this
machine. It holds names and descriptions, and no row.
"""

from __future__ import annotations

import re
from pathlib import Path

from healthcare_elt.atomic import replace_file
from healthcare_elt.settings import Settings
from healthcare_elt.transform.build import DbtFailed, close_connections
from healthcare_elt.transform.manifest import prepare_manifest, read_manifest
from healthcare_elt.transform.project import dbt_arguments, export_environment

POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
"""The browser itself refuses every request: dbt's page has a tracker and an icon that is not there."""
NO_ICON = '<link rel="icon" href="data:,">'


def write_docs(settings: Settings, path: Path, *, is_built: bool) -> None:
    """Write the page, replacing the one that is there in one step.

    Args:
        is_built: the warehouse is there, and dbt asks it for the columns and types of its tables.

    Raises:
        ProjectError: dbt cannot read the project.
        DbtFailed: dbt cannot ask the warehouse.
        OSError: the page cannot be written there.
    """
    from dbt.cli.main import dbtRunner

    export_environment(settings)
    kept = prepare_manifest(settings)
    replace_file(settings.dbt_target_path / kept.name, kept.read_bytes())  # dbt takes it from there into the page
    arguments = ["docs", "generate", "--static", "--no-compile", *([] if is_built else ["--empty-catalog"])]
    try:
        result = dbtRunner(manifest=read_manifest(settings)).invoke(
            ["--log-level", "none", "--log-level-file", "info", *arguments, *dbt_arguments(settings)]
        )
    finally:
        close_connections()
    if not result.success:
        log = settings.dbt_target_path / "logs" / "dbt.log"
        raise DbtFailed(f"dbt could not describe the warehouse; see {log} (inside the PHI zone) and run again.")
    replace_file(path, _alone((settings.dbt_target_path / "static_index.html").read_text(), settings).encode())


def _alone(page: str, settings: Settings) -> str:
    """Without requests, and without the folders of this machine."""
    page = page.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{POLICY}', 1)
    page = re.sub(r'<link rel="shortcut icon"[^>]*>', NO_ICON, page, count=1)
    # Else the browser asks for the address before it is filled in.
    page = page.replace('xlink:href="{{', 'ng-attr-xlink:href="{{')
    return page.replace(str(settings.dbt_target_path), "target")
