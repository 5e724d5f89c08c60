"""What dbt has read of the project serves every home, until the project changes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Timer

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader

from healthcare_elt.settings import Settings
from healthcare_elt.transform import ahead, build, prepare_manifest
from healthcare_elt.transform.ahead import manifest_for_build, read_ahead
from healthcare_elt.transform.manifest import EMPTY, read_manifest, shared_folder
from healthcare_elt.transform.project import ProjectError

PROJECT = 'name: tiny\nversion: "1.0"\nconfig-version: 2\nprofile: tiny\nmodels: {+materialized: table}\n'
PROFILE = (
    "tiny: {target: local, outputs: {local: {type: duckdb, path: \"{{ env_var('HEALTHCARE_ELT_WAREHOUSE') }}\"}}}\n"
)
KILLED = """
import os, sys
from pathlib import Path
from healthcare_elt import settings
from healthcare_elt.transform import manifest

settings.PROJECT_ROOT = Path(sys.argv[1])
Path.rename = lambda *_: os._exit(9)
manifest.prepare_manifest(settings.Settings(_env_file=None, home=Path(sys.argv[2])))
"""
"""Reads the project, and is gone in the moment in which it would share it."""

Home = Callable[[str], Settings]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project with one model, in place of ours."""
    folder = tmp_path / "dbt_project"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILE)
    (folder / "models" / "one.sql").write_text("select 1 as n")
    monkeypatch.setattr("healthcare_elt.settings.PROJECT_ROOT", tmp_path)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return lambda name: Settings(_env_file=None, home=tmp_path / name)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the homes for which dbt has read the project."""
    homes: list[str] = []
    load = ManifestLoader.load

    def told(loader: ManifestLoader) -> Manifest:
        homes.append(loader.root_project.project_target_path.split("/")[-3])
        return load(loader)

    monkeypatch.setattr(ManifestLoader, "load", told)
    return homes


def code_of(manifest: Manifest | None) -> str:
    """The model's, as dbt has read it."""
    assert manifest
    return manifest.nodes["model.tiny.one"].raw_code


def test_dbt_reads_a_project_once_for_all_homes_and_again_when_it_changes(
    project: Path, home: Home, read: list[str]
) -> None:
    for name in ("first", "second", "first"):
        prepare_manifest(home(name))
    assert read == ["first"]
    (project / "models" / "one.sql").write_text("select 2 as n")
    for name in ("second", "first"):
        prepare_manifest(home(name))
    assert read == ["first", "second"]
    assert len(list((project / "target").iterdir())) == 1, "what was read of the project of before is still there"


def test_who_takes_a_change_of_the_project_back_finds_what_the_installation_made_of_it(
    project: Path, home: Home
) -> None:
    first, model = home("first"), project / "models" / "one.sql"
    prepare_manifest(first)
    made = shared_folder(first) / EMPTY.replace("*", "1")
    made.touch()
    for number in (2, 3):
        model.write_text(f"select {number} as n")
        prepare_manifest(first)
    assert len(list((project / "target").iterdir())) == 2, "of the changes one is kept, the last"
    model.write_text("select 1 as n")
    assert prepare_manifest(first).exists() and made.exists()


def test_what_another_home_has_read_builds_this_homes_warehouse(project: Path, home: Home, read: list[str]) -> None:
    prepare_manifest(home("first"))
    second = home("second")
    second.data.mkdir(parents=True)
    assert [result.status for result in build(second)] == ["success"]
    with duckdb.connect(second.warehouse, read_only=True) as connection:
        assert connection.execute("select n from one").fetchall() == [(1,)]
    assert read == ["first"]


def test_what_dbt_was_stopped_in_writing_is_not_taken_for_what_it_has_read(project: Path, home: Home) -> None:
    first = home("first")
    first.data.mkdir(parents=True)
    assert [result.status for result in build(first)] == ["success"]
    for name in ("manifest.json", "partial_parse.msgpack"):
        (first.dbt_target_path / name).write_bytes(b"{")
    assert "model.tiny.one" in json.loads(prepare_manifest(first).read_bytes())["nodes"]
    assert [result.status for result in build(first)] == ["success"]


def test_what_a_killed_process_was_about_to_share_does_not_stay_in_the_project(project: Path, home: Home) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(project.parent), str(home("killed").home)], check=False)
    (left,) = (project / "target").iterdir()
    assert killed.returncode == 9
    prepare_manifest(home("next"))
    assert list((project / "target").iterdir()) == [shared_folder(home("next"))] != [left]


def test_what_is_changed_while_dbt_reads_it_is_not_taken_for_the_project_of_before(
    project: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, load = project / "models" / "one.sql", ManifestLoader.load

    def changed(loader: ManifestLoader) -> Manifest:
        model.write_text("select 2 as n")
        return load(loader)

    monkeypatch.setattr(ManifestLoader, "load", changed)
    assert code_of(read_manifest(home("first"))) == "select 2 as n"
    monkeypatch.setattr(ManifestLoader, "load", load)
    for name in ("first", "second"):
        model.write_text("select 1 as n")
        assert code_of(read_manifest(home(name))) == "select 1 as n"
        model.write_text("select 2 as n")
        assert code_of(read_manifest(home(name))) == "select 2 as n"


def test_a_project_that_cannot_be_written_to_is_read_all_the_same(project: Path, home: Home) -> None:
    (project / "target").write_text("no folder can be made here")
    assert prepare_manifest(home("first")).exists()


def test_what_was_read_ahead_is_given_to_one_build_and_never_to_one_of_another_project(
    project: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, reads = home("first"), Queue()

    def read(settings: Settings) -> Manifest | None:
        found = read_manifest(settings)
        reads.put(settings.home)
        return found

    monkeypatch.setattr(ahead, "read_manifest", read)
    for _ in range(2):
        read_ahead(first)
    given, other = manifest_for_build(first), manifest_for_build(first)
    assert given and other and given is not other
    assert [reads.get() for _ in range(2)] == [first.home] * 2
    read_ahead(first)
    reads.get()
    (project / "models" / "one.sql").write_text("select 2 as n")
    changed = manifest_for_build(first)
    assert code_of(changed) == "select 2 as n"
    read_ahead(home("second"))
    assert [reads.get() for _ in range(2)] == [first.home, home("second").home]
    assert manifest_for_build(first) and manifest_for_build(home("second"))
    assert [reads.get()] == [first.home] and reads.empty()


def test_what_was_read_ahead_of_a_change_that_was_taken_back_is_given_to_no_build(
    project: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, model = home("first"), project / "models" / "one.sql"
    monkeypatch.setattr(ahead, "import_module", lambda name: model.write_text("select 2 as n"))
    read_ahead(first)
    wait(ahead._begun.values())
    model.write_text("select 1 as n")
    assert code_of(manifest_for_build(first)) == "select 1 as n"


def test_dbt_reads_once_in_a_process_at_a_time_and_what_it_read_ahead_not_again(
    project: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = Queue(), Event()
    load = ManifestLoader.load

    def slow(loader: ManifestLoader) -> Manifest:
        begun.put(loader)
        assert may_end.wait(60)
        return load(loader)

    monkeypatch.setattr(ManifestLoader, "load", slow)
    first = home("first")
    read_ahead(first)
    begun.get(timeout=60)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(prepare_manifest, first)
        try:
            with pytest.raises(Empty):
                begun.get(timeout=2)
        finally:
            may_end.set()
        assert asked.result().exists()
    assert manifest_for_build(first) and begun.empty()


def test_a_build_begins_only_when_nothing_is_read_ahead_any_more(
    project: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, ended = Event(), Queue()

    def read(settings: Settings) -> Manifest | None:
        assert may_end.wait(60)
        ended.put(settings.home)
        return None

    first, second = home("first"), home("second")
    monkeypatch.setattr(ahead, "read_manifest", read)
    for settings in (first, second):
        read_ahead(settings)
    Timer(0.5, may_end.set).start()
    manifest_for_build(home("third"))
    assert [ended.get_nowait() for _ in range(3)][:2] == [first.home, second.home]


def test_a_project_that_cannot_be_read_ahead_is_told_of_by_the_build(project: Path, home: Home) -> None:
    (project / "models" / "one.sql").write_text("select {{")
    read_ahead(home("first"))
    with pytest.raises(ProjectError, match="dbt cannot read"):
        manifest_for_build(home("first"))
