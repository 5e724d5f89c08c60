"""Fixtures that more than one suite uses: homes of their own, and what their warehouses hold.

Here belongs opening and reading a home. What is put into it, and what must become of it, is in the suites.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from aws_server import aws, aws_server, bucket  # noqa: F401

from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import HOME_VARIABLE, load_settings

MakeHome = Callable[..., Home]
"""`home(name="home", **settings)`: the home in the folder of that name; the same name is the same folder."""
Contents = dict[str, list[str]]
"""The rows of each table as texts, sorted."""

pytest_plugins = ["snowflake_server", "live_places"]
PREFIX = "HEALTHCARE_ELT_"
LONGEST = (
    "integration/test_cloud.py", "e2e/test_synthea.py", "integration/test_snowflake_dbt.py", "e2e/test_convergence.py",
    "crash/test_whole_runs.py", "integration/test_cloud_kills.py", "property/test_incremental_property.py",
    "soak/test_daemon.py", "e2e/test_ui.py", "integration/test_backfill.py", "integration/test_automation.py",
    "size/test_slices.py", "crash/test_every_call.py", "contract/test_warehouse.py",
)  # fmt: skip
"""Files that take minutes: they begin first, so that no worker is alone with one at the end."""
SALT = "a salt that only the tests use"
TRANSFORMED = ("silver", "quarantine", "gold", "features", "curated")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order in which xdist hands out files."""
    order = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


def open_home(folder: Path, environment: pytest.MonkeyPatch, **settings: object) -> Home:
    """The home in the folder, to which the environment now points; other settings are the defaults."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        environment.delenv(name)
    chosen = {"settle_seconds": 0, "pseudonym_salt": SALT, **settings}
    folder.mkdir(parents=True, exist_ok=True)
    environment.setenv(HOME_VARIABLE, str(folder))
    for name, value in chosen.items():
        environment.setenv(f"{PREFIX}{name.upper()}", str(value))
    return Home(load_settings())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeHome:
    """Makes homes in folders of this test; the environment points to the one made last."""

    def make(name: str = "home", **settings: object) -> Home:
        return open_home(tmp_path / name, monkeypatch, **settings)

    return make


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeHome]:
    """The same for what a whole module looks at: its folders live as long as the module's tests."""
    root = tmp_path_factory.mktemp("homes")
    with pytest.MonkeyPatch.context() as environment:

        def make(name: str = "home", **settings: object) -> Home:
            return open_home(root / name, environment, **settings)

        yield make


@pytest.fixture(scope="module")
def emptied_home(module_home: MakeHome) -> MakeHome:
    """The same folder each time, with nothing in it but dbt's reading of the project, which costs seconds."""

    def make(name: str = "emptied", **settings: object) -> Home:
        return _emptied(module_home(name, **settings))

    return make


@pytest.fixture(scope="session")
def open_emptied() -> Callable[[Path, pytest.MonkeyPatch], Home]:
    """`open_emptied(folder, environment)`: the same, in a folder that outlives a module."""
    return lambda folder, environment: _emptied(open_home(folder, environment))


def _emptied(home: Home) -> Home:
    for path in [*home.settings.home.iterdir(), *_children(home.settings.data)]:
        if path.is_file():
            path.unlink()
        elif path not in (home.settings.data, home.settings.dbt_target_path):
            shutil.rmtree(path)
    return home


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(scope="session")
def contents() -> Callable[..., Contents]:
    """`contents(home, *schemas, without=())`: all tables and views of the schemas, or of all behind bronze."""

    def read(home: Home, *schemas: str, without: tuple[str, ...] = ()) -> Contents:
        with duckdb.connect(str(home.settings.warehouse), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name, string_agg('\"' || column_name || '\"', ', ' order by column_name) "
                "from information_schema.columns where list_contains(?, table_schema) "
                "and not list_contains(?, column_name) group by all order by all",
                (list(schemas or TRANSFORMED), list(without)),
            ).fetchall()
            return {
                f"{schema}.{table}": sorted(
                    map(str, connection.execute(f"select {columns} from {schema}.{table}").fetchall())
                )
                for schema, table, columns in tables
            }

    return read


class Tried:
    """`tried()` after each example; `make soak` adds them up."""

    def __init__(self) -> None:
        self.examples = 0

    def __call__(self) -> None:
        self.examples += 1

    def __repr__(self) -> str:
        return f"{self.examples} examples"


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Iterator[Tried]:
    counter = Tried()
    yield counter
    record_property("examples", counter.examples)
