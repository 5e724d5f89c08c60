"""Fixtures of the properties: one home that dbt has read and built, emptied for each example, and the SQL of macros."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rendered_sql import Render, renderer

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.settings import Settings
from healthcare_elt.transform import prepare_manifest


@pytest.fixture(scope="session")
def parsed_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """dbt's reading of the project costs seconds: once for all properties."""
    salt = "a salt that only the tests use"
    home = Home(
        Settings(_env_file=None, home=tmp_path_factory.mktemp("property"), settle_seconds=0, pseudonym_salt=salt)
    )
    prepare_manifest(home.settings)
    return home


@pytest.fixture(scope="session")
def render(parsed_home: Home) -> Render:
    return renderer(parsed_home.settings)


@pytest.fixture(scope="session")
def built_warehouse(parsed_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with every table and not one delivery."""
    assert {result.status for result in transform(parsed_home, run_id="run")} <= {"success", "pass"}
    return Path(shutil.copy(parsed_home.settings.warehouse, tmp_path_factory.mktemp("built")))


@pytest.fixture
def built_home(parsed_home: Home, built_warehouse: Path) -> Callable[[], Home]:
    """`built_home()`: the home with every table and nothing delivered, as often as it is asked for."""

    def emptied() -> Home:
        settings = parsed_home.settings
        for folder in (settings.inbox, settings.landing, settings.metadata):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copy(built_warehouse, settings.warehouse)
        return Home(settings)

    return emptied
