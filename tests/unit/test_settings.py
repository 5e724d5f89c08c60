"""Settings: what a user may set, and the sentence for what he may not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from healthcare_elt.pipeline import doctor
from healthcare_elt.pipeline.doctor import examine
from healthcare_elt.settings import (
    PROJECT_ROOT,
    Settings,
    SettingsError,
    aws_variables,
    load_settings,
    misspelled,
    set_home,
    variable,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of which the environment says nothing but where it is."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HEALTHCARE_ELT_{name.upper()}", raising=False)
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(tmp_path))
    return tmp_path


def test_without_anything_set_the_home_is_the_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEALTHCARE_ELT_HOME")
    assert load_settings().home == PROJECT_ROOT


def test_an_empty_variable_is_no_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_TIMEZONE", "")
    assert load_settings().timezone == "UTC"


def test_everything_a_home_holds_lies_in_its_folder(folder: Path) -> None:
    settings = load_settings()
    held = (
        settings.inbox, settings.landing, settings.warehouse, settings.ledger, settings.dagster_home,
        settings.lock_file, settings.dbt_target_path,
    )  # fmt: skip
    assert all(path.is_relative_to(folder) for path in held)


def test_two_homes_have_nothing_in_common(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_settings()
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(folder / "other"))
    second = load_settings()
    derived = [name for name, value in vars(Settings).items() if isinstance(value, property)]
    shared = {name for name in derived if getattr(first, name) == getattr(second, name)}
    assert shared == {"tz", "dbt_project"}


def test_the_home_may_be_written_with_a_tilde(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", "~/elsewhere")
    assert load_settings().home == folder / "elsewhere"


def test_the_env_file_of_the_home_is_read_and_the_environment_wins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("HEALTHCARE_ELT_START_DATE=2020-02-03\nHEALTHCARE_ELT_DBT_THREADS=3\n")
    monkeypatch.setenv("HEALTHCARE_ELT_DBT_THREADS", "4")
    settings = load_settings()
    assert (settings.start_date, settings.dbt_threads) == (date(2020, 2, 3), 4)


def test_the_env_file_of_another_home_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("HEALTHCARE_ELT_DBT_THREADS=3\n")
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(folder / "other"))
    assert load_settings().dbt_threads == 2


def test_set_home_is_for_this_process_and_those_it_starts(folder: Path) -> None:
    set_home(str(folder / "chosen"))
    assert load_settings().home == folder / "chosen"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TARGET", "moon", "'local'"),
        ("TIMEZONE", "Mars/Olympus", "IANA time zone"),
        ("START_DATE", "2015-13-01", "date"),
        ("SETTLE_SECONDS", "-1", "greater than or equal to 0"),
        ("LOCK_TIMEOUT_SECONDS", "soon", "number"),
        ("DBT_THREADS", "0", "greater than or equal to 1"),
        ("PSEUDONYM_SALT", "short", "16 characters"),
        ("MEMORY_LIMIT", "plenty", "an amount such as 2GB"),
        ("MEMORY_LIMIT", "2", "an amount such as 2GB"),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_its_variable_and_what_it_may_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"HEALTHCARE_ELT_{variable}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    sentence = str(caught.value)
    assert f"HEALTHCARE_ELT_{variable}" in sentence
    assert words in sentence
    assert len(sentence.splitlines()) == 1


def test_a_secret_is_not_repeated_in_the_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_PSEUDONYM_SALT", "hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_misspelled_setting_is_told_with_the_one_that_is_meant(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_LOOK_SECNDS", "3")
    monkeypatch.setenv("HEALTHCARE_ELT_WAREHOUSE", "what dbt is told, which is no setting")
    (folder / ".env").write_text("HEALTHCARE_ELT_AUTOMATON=true\nHEALTHCARE_ELT_TARGET=local\n")
    assert [sentence.partition(";")[0] for sentence in misspelled()] == [
        "HEALTHCARE_ELT_AUTOMATON is no setting, HEALTHCARE_ELT_AUTOMATION may be meant",
        "HEALTHCARE_ELT_LOOK_SECNDS is no setting, HEALTHCARE_ELT_LOOK_SECONDS may be meant",
    ]
    settings = [finding for finding in examine() if finding.subject == "settings"]
    assert [finding.ok for finding in settings] == [False, False]


def test_doctor_tells_a_variable_that_is_no_setting_and_leaves_those_that_have_a_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for used in ("WAREHOUSE", "WITHOUT_EVENTS", "DBT_ACCOUNT", "URL_OF_HOOK", "PASSPHRASE"):
        monkeypatch.setenv(f"HEALTHCARE_ELT_{used}", "x")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "env:HEALTHCARE_ELT_PASSPHRASE")
    (folder / "alerts.yaml").write_text("channels: {hook: {type: webhook, url: 'env:HEALTHCARE_ELT_URL_OF_HOOK'}}\n")
    assert [finding.ok for finding in examine() if finding.subject == "settings"] == [True]
    (folder / ".env").write_text("HEALTHCARE_ELT_FOO=1\n")
    (finding,) = [finding for finding in examine() if finding.subject == "settings"]
    assert not finding.ok
    assert finding.sentence.startswith("HEALTHCARE_ELT_FOO is no setting;")


def test_an_env_file_that_is_not_utf_8_is_one_sentence_without_its_content(folder: Path) -> None:
    (folder / ".env").write_text("HEALTHCARE_ELT_PSEUDONYM_SALT=geheim-ä\n", "latin-1")
    for reads in (load_settings, misspelled, aws_variables, lambda: variable("HOOK")):
        with pytest.raises(SettingsError) as caught:
            reads()
        assert str(caught.value) == f"{folder}/.env cannot be read; make it a UTF-8 file that this user may read."
        assert caught.value.__suppress_context__, "a traceback would tell of the content"
    assert [finding.sentence for finding in examine()] == [str(caught.value)]


def test_the_example_file_names_every_setting_with_its_default(folder: Path) -> None:
    lines = re.findall(r"^# (HEALTHCARE_ELT_[A-Z_]+=.*)$", (PROJECT_ROOT / ".env.example").read_text(), re.M)
    named = {line.partition("=")[0].removeprefix("HEALTHCARE_ELT_").lower() for line in lines}
    assert named == set(Settings.model_fields)
    defaults = load_settings()
    (folder / ".env").write_text("\n".join(lines))
    assert load_settings() == defaults


@pytest.mark.parametrize(
    ("landing", "ledger"),
    [("s3://b-one/x", "s3://b-one/x"), ("s3://b-one/x", "s3://b-one/x/ledger"), ("s3://b-one", "s3://b-one/ledger")],
)
def test_landing_zone_and_ledger_in_s3_never_lie_inside_each_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, landing: str, ledger: str
) -> None:
    for one, other in ((landing, ledger), (ledger, landing)):
        monkeypatch.setenv("HEALTHCARE_ELT_LANDING_URL", one)
        monkeypatch.setenv("HEALTHCARE_ELT_LEDGER_URL", other)
        with pytest.raises(SettingsError, match="must lie beside each other"):
            load_settings()
    monkeypatch.setenv("HEALTHCARE_ELT_LANDING_URL", "s3://b-one/landing")
    monkeypatch.setenv("HEALTHCARE_ELT_LEDGER_URL", "s3://b-one/landing-ledger/")
    assert load_settings().ledger_url == "s3://b-one/landing-ledger"


def test_doctor_misses_no_package_that_only_an_extra_wants(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEALTHCARE_ELT_HOME", str(tmp_path))
    for stated, ok in (('not-there>=1; extra == "kubernetes"', True), ("not-there>=1", False)):
        monkeypatch.setattr(doctor, "requires", lambda name, stated=stated: ["dagster>=1", stated])
        assert {each.subject: each.ok for each in examine()}["packages"] == ok
