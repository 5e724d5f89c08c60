"""The folder that Dagster keeps a home's history in.

Here belongs what must be there before Dagster starts, for whoever starts it: `run`, `dg dev`, `dg launch`.
"""

from __future__ import annotations

from pathlib import Path

from healthcare_elt.settings import PROJECT_ROOT, Settings

CONFIG = "dagster.yaml"


def prepare_dagster_home(settings: Settings) -> Path:
    """Make the folder, with the project's dagster.yaml as it is now, and return it."""
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (PROJECT_ROOT / CONFIG).read_text()
    config = folder / CONFIG
    if not config.exists() or config.read_text() != wanted:
        config.write_text(wanted)
    return folder
