"""The walls of the house: who may import what, and what must lie beside what."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "healthcare_elt"
DBT = PROJECT / "dbt_project"
LAYERS = ("silver", "quarantine", "gold", "features", "curated")
PLACES_WITH_DAGSTER = {"defs", "orchestration"}
ROOMS = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
PLACES_WITHOUT_DAGSTER = sorted(ROOMS - PLACES_WITH_DAGSTER)


def banned_imports(path: Path, source: str) -> str:
    """What the linter, with the project's own rules, says of a file with this text at this place."""
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--no-cache", "--stdin-filename", path, "-"],
        input=source, cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return checked.stdout


@pytest.mark.parametrize("room", PLACES_WITHOUT_DAGSTER)
@pytest.mark.parametrize("module", ["dagster", "dagster_aws", "dagster_dbt"])
def test_the_linter_finds_an_import_of_dagster_in_every_room_of_the_core(room: str, module: str) -> None:
    assert "TID251" in banned_imports(PACKAGE / room / "planted.py", f"import {module}\n")


@pytest.mark.parametrize("place", ["defs/planted.py", "definitions.py", "orchestration/planted.py"])
def test_the_linter_lets_the_orchestration_import_dagster(place: str) -> None:
    assert "TID251" not in banned_imports(PACKAGE / place, "import dagster\n")


def test_the_core_is_imported_without_dagster() -> None:
    rooms = ", ".join(f"healthcare_elt.{room}" for room in PLACES_WITHOUT_DAGSTER)
    script = f"import sys, {rooms}; sys.exit(sorted(name for name in sys.modules if name == 'dagster') or 0)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_every_model_has_a_yaml_of_its_name_that_says_what_a_row_is() -> None:
    models = [model for layer in LAYERS for model in (DBT / "models" / layer).rglob("*.sql")]
    assert models
    for model in models:
        documented = yaml.safe_load(model.with_suffix(".yml").read_text())["models"]
        assert [entry["name"] for entry in documented] == [model.stem]
        assert documented[0]["description"].strip(), model


def test_no_description_is_cut_at_a_comma() -> None:
    """What follows the comma is then a key of its own, without a value."""
    described = [each for file in DBT.glob("[!t]*/**/*.yml") for each in described_in(yaml.safe_load(file.read_text()))]
    assert described
    assert [each for each in described if None in each.values()] == []


def described_in(node: object) -> Iterator[dict[str, object]]:
    """Whatever has a description, however deep."""
    if isinstance(node, dict) and "description" in node:
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from described_in(below)


def test_every_snapshot_and_seed_is_described() -> None:
    for folder, suffix in (("snapshots", ".sql"), ("seeds", ".csv")):
        (document,) = (DBT / folder).glob("*.yml")
        described = {entry["name"]: entry["description"] for entry in yaml.safe_load(document.read_text())[folder]}
        assert set(described) == {path.stem for path in (DBT / folder).glob(f"*{suffix}")}
        assert all(described.values())


def test_every_module_says_what_belongs_in_it() -> None:
    for module in [*PACKAGE.rglob("*.py"), *(PROJECT / "tests").rglob("*.py")]:
        assert module.read_text().startswith('"""'), module


def test_the_workspace_file_names_a_module_that_is_there() -> None:
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text())
    names = [entry["python_module"]["module_name"] for entry in workspace["load_from"]]
    assert names == ["healthcare_elt.definitions"]
    assert (PACKAGE / "definitions.py").exists()


def test_dagster_takes_its_configuration_and_tells_nobody(tmp_path: Path) -> None:
    script = "import sys, dagster; print(dagster.DagsterInstance.from_config(sys.argv[1]).telemetry_enabled)"
    (tmp_path / "dagster.yaml").write_text((PROJECT / "dagster.yaml").read_text())
    told = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_make_help_lists_every_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    shown = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+)  +\S", shown, re.MULTILINE)) == targets
    assert {"setup", "run", "test", "dev", "help"} <= targets


def test_the_settings_alone_read_the_environment() -> None:
    readers = {
        str(module.relative_to(PACKAGE))
        for module in PACKAGE.rglob("*.py")
        if re.search(r"os\.environ(\.get|\[[^]]*\](?!\s*=))|os\.getenv", module.read_text())
    }
    assert readers == {"environment.py", "settings.py"}
