"""What a build spares of dbt's work changes nothing that is built, told or logged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import RecordRetryException

from healthcare_elt.settings import Settings
from healthcare_elt.transform import build
from healthcare_elt.transform.quick_dbt import quick_dbt
from healthcare_elt.transform.templates import FILE, Templates

PROJECT = 'name: tiny\nversion: "1.0"\nconfig-version: 2\nprofile: tiny\nmodels: {+materialized: table}\n'
PROFILE = (
    "tiny: {target: local, outputs: {local: {type: duckdb, path: \"{{ env_var('HEALTHCARE_ELT_WAREHOUSE') }}\"}}}\n"
)
MODEL = "{{ log('said by a model', info=true) }} select {{ 1 + 1 }} as n"
TESTED = "version: 2\nmodels: [{name: two, columns: [{name: n, data_tests: [not_null, unique]}]}]\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with a dbt project of one model in place of ours."""
    folder = tmp_path / "dbt_project"
    (folder / "models").mkdir(parents=True)
    for name, text in {
        "dbt_project.yml": PROJECT, "profiles.yml": PROFILE, "models/two.sql": MODEL, "models/two.yml": TESTED,
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    monkeypatch.setattr("healthcare_elt.settings.PROJECT_ROOT", tmp_path)
    made = Settings(_env_file=None, home=tmp_path / "home")
    made.data.mkdir(parents=True)
    return made


def results_of(settings: Settings) -> list[tuple[str, str, object]]:
    return sorted((result.name, result.status, result.built) for result in build(settings))


def log_of(settings: Settings) -> list[str]:
    """The words of dbt's log, which ends with how long things took."""
    lines = (settings.dbt_target_path / "logs" / "dbt.log").read_text().splitlines()
    words = [line.split("]: ", 1)[-1].split(" in ")[0] for line in lines if "]: " in line]
    (settings.dbt_target_path / "logs" / "dbt.log").unlink()
    return sorted(words)


def test_a_build_tells_and_logs_the_same_as_without_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def slow(*_: object, **__: object) -> Iterator[None]:
        yield

    assert len(results_of(settings)) == 3
    quick_log = log_of(settings)
    quick = results_of(settings)  # once more, with the templates that were kept
    assert log_of(settings) == quick_log
    monkeypatch.setattr(sys.modules[build.__module__], "quick_dbt", slow)
    assert results_of(settings) == quick
    slow_log = log_of(settings)
    assert slow_log == quick_log
    assert any("said by a model" in line for line in slow_log)


def test_a_template_is_compiled_once_for_all_builds_and_again_where_its_file_is_damaged(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    theirs = MacroFuzzEnvironment.compile

    def counted(environment: MacroFuzzEnvironment, source: str) -> object:
        compiled.append(source)
        return theirs(environment, source)

    monkeypatch.setattr(MacroFuzzEnvironment, "compile", counted, raising=False)
    results_of(settings)
    assert MODEL in compiled
    compiled.clear()
    results_of(settings)
    assert MODEL not in compiled
    (settings.dbt_target_path / "read" / FILE).write_bytes(b"half of a fi")
    results_of(settings)
    assert MODEL in compiled


def test_templates_of_other_libraries_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def code_of(templates: Templates, code: str) -> object:
        return templates.code_of("env", "text", lambda: compile(code, "<template>", "exec"))

    kept = Templates(tmp_path / FILE)
    one = code_of(kept, "a = 1")
    kept.keep()
    assert code_of(Templates(tmp_path / FILE), "a = 2") == one
    monkeypatch.setattr("healthcare_elt.transform.templates.version", lambda name: "0.0.0")
    assert code_of(Templates(tmp_path / FILE), "a = 2") != one


def test_an_event_of_debug_that_somebody_reads_has_all_that_it_was_made_of(tmp_path: Path) -> None:
    told: list[str] = []
    manager = EventManager()
    manager.add_callback(lambda event: told.append(event.info.msg))
    with quick_dbt(Templates(tmp_path / FILE), is_read=True):
        event = RecordRetryException(exc="a reason")
        assert "a reason" in event.message()
        assert event.to_dict() == {"exc": "a reason"}
        manager.fire_event(RecordRetryException(exc="nobody asks for"))
        manager.fire_event(RecordRetryException(exc="asked for"), level=EventLevel.INFO)
        changed = RecordRetryException(exc="before")
        changed.exc = "after"
        assert "after" in changed.message()
    assert [text.split()[-2:] for text in told] == [["asked", "for"]]


def test_dbt_is_as_it_was_afterwards_and_a_release_without_a_name_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def patched() -> list[object]:
        owners = MacroFuzzEnvironment, BaseEvent, EventManager, dbtClassMixin
        return [dict(vars(owner)) for owner in owners]

    monkeypatch.delattr(BaseEvent, "__getattr__")
    before = patched()
    with quick_dbt(Templates(tmp_path / FILE), is_read=True):
        assert "__getattr__" not in vars(BaseEvent)
        assert patched() != before
    assert patched() == before
