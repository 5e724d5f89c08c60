"""A home begins with the project built over nothing, and builds what its deliveries change: the tables are the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import must_build_everything, transform
from healthcare_elt.sample import write_sample
from healthcare_elt.transform import empty, prepare_manifest
from healthcare_elt.transform.manifest import shared_folder
from healthcare_elt.transform.state import Outstanding, outstanding, record_transformed
from healthcare_elt.transform.without_events import facts_without_events
from healthcare_elt.warehouse.load_log import BriefLoad

MakeHome = Callable[..., Home]
Contents = Callable[..., dict[str, list[str]]]

THREE = {f"icon_health.{name}" for name in ("patients", "providers", "encounters_details")}


def take(home: Home, **what: object) -> set[str]:
    """Land, load and build; the names of the models that were built."""
    land_deliveries(home, run_id="run", **what)
    load_deliveries(home, run_id="run", **what)
    results = list(transform(home, run_id="run"))
    assert {result.status for result in results} <= {"success", "pass"}
    return {result.name for result in results if result.built}


def with_sample(home: Home) -> Home:
    write_sample(home.settings.inbox, home.settings.data / "sample_truth.json", days=3, patients=100)
    return home


def unforgotten(home: Home) -> int:
    """How many runs' changes are kept for who has not taken them yet."""
    with duckdb.connect(str(home.settings.warehouse), read_only=True) as connection:
        return connection.execute("select count(distinct batch) from meta.change_batches where not is_full").fetchone()[
            0
        ]  # type: ignore[index]


@pytest.fixture(scope="module")
def begun(module_home: MakeHome) -> tuple[Home, list[set[str]]]:
    """A home to which three tables come day by day and the others at last, and what each time was built."""
    home = with_sample(module_home("begun"))
    prepare_manifest(home.settings)
    if not (shared_folder(home.settings) / empty.FILE).exists():
        empty.build_at_install()
    built = []
    for day in sorted(pending(home)):
        built.append(take(home, dates={day}, tables=THREE))
        assert unforgotten(home) == 0
    return home, [*built, take(home)]


@pytest.fixture(scope="module")
def built_whole(module_home: MakeHome) -> Home:
    """A home that builds every table of the project, from all deliveries at once."""
    home = with_sample(module_home("built_whole"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(empty, "FILE", "of other contracts.duckdb")
        land_deliveries(home, run_id="run")
        load_deliveries(home, run_id="run")
    assert must_build_everything(home)
    assert {"fct_device", "dim_date"} <= take(home)
    return home


def test_a_home_that_begins_with_the_empty_warehouse_ends_in_the_same_tables(
    begun: tuple[Home, list[set[str]]], built_whole: Home, contents: Contents
) -> None:
    without = {"without": ("_arrival",)}  # the number is in the order of landing, which differs
    assert contents(begun[0], **without) == contents(built_whole, **without)


def test_a_first_run_builds_what_rests_on_what_was_delivered_and_no_fact_without_events(
    begun: tuple[Home, list[set[str]]],
) -> None:
    home, (first, *_, last) = begun
    assert {"icon_health__patients_rows", "patient_history", "fct_encounter", "patient_features"} <= first
    assert not {name for name in first if name.startswith(("synthea__", "fct_device", "fct_adverse_event"))}
    assert "fct_adverse_event" in last, "its events were delivered at last"
    with duckdb.connect(str(home.settings.warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from gold.fct_device").fetchone() == (0,)


def test_a_table_that_nobody_delivers_is_there_empty_without_its_current_rows_and_quarantine(
    begun: tuple[Home, list[set[str]]],
) -> None:
    with begun[0].warehouse(read_only=True) as warehouse:
        present = warehouse.columns().keys()
        for name in ("bronze.synthea__allergies", "silver.synthea__allergies", "gold.fct_allergy"):
            assert warehouse.rows(f"select count(*) as n from {name}") == [{"n": 0}]
    assert not {"silver.synthea__allergies_current", "quarantine.synthea__allergies"} & present
    assert {"silver.icon_health__patients_current", "quarantine.icon_health__patients"} <= present


def test_the_rows_of_a_fact_are_those_of_its_events(built_whole: Home, tmp_path: Path) -> None:
    """What `facts_without_events` takes for granted, for each fact: its silver models are where its rows are from."""
    manifest = json.loads(prepare_manifest(built_whole.settings).read_bytes())
    facts = facts_without_events(manifest, {contract.relation for contract in built_whole.contracts})
    assert set(facts) == {node["name"] for node in manifest["nodes"].values() if node["name"].startswith("fct_")}
    compiled = built_whole.settings.dbt_target_path / "compiled"
    # Under the name that dbt has compiled into the statements.
    copy = tmp_path / built_whole.settings.warehouse.name
    copy.write_bytes(built_whole.settings.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        for (view,) in connection.execute(
            "select view_name from duckdb_views() where schema_name = 'silver' and view_name not like '%_current'"
        ).fetchall():
            connection.execute(f"create table silver.none as select * from silver.{view} where false")
            connection.execute(f"drop view silver.{view}; alter table silver.none rename to {view}")
        for fact in facts:
            (sql,) = (path.read_text() for path in compiled.rglob(f"{fact}.sql"))
            assert connection.execute(sql).fetchall() == [], fact


def test_a_first_build_that_was_stopped_is_still_the_first(home: MakeHome, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home()
    empty.begin_with_empty(made.settings, made.contracts)
    with made.warehouse() as warehouse:

        def todo() -> Outstanding:
            return outstanding(made.settings, warehouse, made.contracts)

        assert (todo().states, todo().everything, todo().first) == ({}, False, True)
        relation = made.contracts[0].relation
        load = BriefLoad("d", made.contracts[0].system, made.contracts[0].table, 1, False, None)
        monkeypatch.setattr(warehouse, "loads", lambda: [load])
        record_transformed(warehouse, todo().begun())
        assert (list(todo().states), todo().first) == ([relation], True)
        record_transformed(warehouse, todo().states)
        assert (todo().states, todo().first) == ({}, False)


def test_a_home_begins_without_an_empty_warehouse_that_the_disk_has_damaged(
    home: MakeHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = home()
    monkeypatch.setattr(empty, "shared_folder", lambda settings: tmp_path)
    for content in (b"", b"half of a warehouse" * 1000):
        (tmp_path / empty.FILE).write_bytes(content)
        empty.begin_with_empty(made.settings, made.contracts)
        assert list(made.settings.data.iterdir()) == []


def test_an_installation_during_which_the_project_changes_makes_no_empty_warehouse(
    home: MakeHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home()
    projects = [tmp_path / "before", tmp_path / "after"]
    for project in projects:
        project.mkdir()
    shared = iter(projects)
    monkeypatch.setattr(empty, "shared_folder", lambda settings: next(shared))
    monkeypatch.setattr(empty, "build", lambda settings, exclude: iter(()))
    monkeypatch.setattr(empty, "share_templates", lambda settings: None)
    empty.build_at_install()
    assert [list(project.iterdir()) for project in projects] == [[], []]


def test_what_stops_a_home_from_beginning_leaves_nothing_in_its_place(
    home: MakeHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(empty, "record_transformed", full)
        empty.begin_with_empty(made.settings, made.contracts)
    assert list(made.settings.data.iterdir()) == []
    empty.begin_with_empty(made.settings, made.contracts)
    assert made.settings.warehouse.stat().st_size > 0


def test_what_a_killed_first_run_left_of_its_copy_is_gone_after_the_next(home: MakeHome) -> None:
    made = home()
    draft = made.settings.warehouse.with_name(f".{made.settings.warehouse.name}.new")
    draft.parent.mkdir(exist_ok=True)
    draft.write_bytes(b"half of a warehouse")
    draft.with_name(f"{draft.name}.wal").write_bytes(b"half of its log")
    draft.with_suffix(".spill").mkdir()
    empty.begin_with_empty(made.settings, made.contracts)
    assert [path.name for path in made.settings.data.iterdir()] == [made.settings.warehouse.name]
