"""alerts.yaml: what is right is taken; what is wrong is one sentence with its line, in `doctor` and `dg check defs`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from alert_servers import SECRET_PATH
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcare_elt import definitions
from healthcare_elt.alerts.policy_file import load_policy, parse_policy
from healthcare_elt.pipeline.doctor import examine
from healthcare_elt.settings import SettingsError

PROJECT = Path(__file__).parents[2]
RIGHT = """\
channels:
  mine:
    type: slack
    url: env:PLANTED_URL
  mail:
    type: smtp
    host: localhost
    port: 25
    tls: none
    sender: a@example.org
    to: [b@example.org]
rules:
  - events: [run_failed, drift]
    severity: warning
    channels: [mine, mail]
"""
WRONG = {
    "no YAML": ("  mine:", "  mine: [", 4, "this is no YAML"),
    "a tab": ("    type: slack", "\ttype: slack", 3, "this is no YAML"),
    "no mapping": (RIGHT, "- a\n", 1, "channels and rules are missing"),
    "nothing": (RIGHT, "", 1, "channels and rules are missing"),
    "no rules": (RIGHT[RIGHT.index("rules:") :], "", 1, "rules is missing"),
    "unknown option": ("rules:", "quarantine_shares: 1\nrules:", 12, "quarantine_shares is no option"),
    "unknown event": ("drift]", "run_fialed]", 13, "rules.0.events.1 is 'run_fialed' and must be one of 'run_failed'"),
    "unknown channel": ("mail]", "nobody]", 15, "rules.0.channels.1 is 'nobody' and must be one of mine, mail"),
    "unknown severity": ("warning", "fatal", 14, "rules.0.severity is 'fatal' and must be one of 'info', 'warning' or"),
    "unknown type": ("type: slack", "type: pager", 3, "channels.mine.type is 'pager' and must be one of 'slack'"),
    "no type": ("    type: slack\n", "", 2, "channels.mine has no type"),
    "a date where none belongs": ("port: 25", "port: 2026-99-99", 8, "channels.mail.port is wrong: input should be a"),
    "wrong port": ("port: 25", "port: many", 8, "channels.mail.port is wrong: input should be a valid integer"),
    "wrong sender": ("a@example.org", "somebody", 10, "channels.mail.sender is wrong: string should match"),
    "missing host": ("    host: localhost\n", "", 5, "channels.mail.host is missing"),
    "half a login": ("    tls: none", "    tls: none\n    user: me", 5, "channels.mail has one of user and password"),
    "nobody to tell": ("to: [b@example.org]", "to: []", 11, "channels.mail.to is wrong: tuple should have at least 1"),
    "a secret in the file": (
        "env:PLANTED_URL", f"https://hooks.example.org/{SECRET_PATH}", 4,
        "channels.mine.url must say where the secret is and not hold it: env:NAME",
    ),
    "a variable that is not set": (
        "env:PLANTED_URL", "env:NOT_SET_ANYWHERE", 4, "channels.mine.url refers to NOT_SET_ANYWHERE, which is not set"
    ),
    "a share of hundreds": ("rules:", "quarantine_share: 50\nrules:", 12, "quarantine_share is wrong: input should be"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_URL", "https://hooks.example.org/x")


def test_the_example_is_complete_and_right(home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home()
    shutil.copy(PROJECT / "alerts.example.yaml", made.settings.alerts_policy)
    (made.settings.home / ".env").write_text("SLACK_WEBHOOK_URL=https://hooks.example.org/x\n")
    policy = load_policy(made.settings)
    assert policy
    assert {channel.type for channel in policy.channels.values()} == {"slack", "sns", "smtp", "webhook"}
    assert policy.channels_of("check_failed", "warning") == ("data_team", "ticketing")
    assert policy.channels_of("check_failed", "error") == ("on_call", "data_team", "ticketing")
    example = (PROJECT / "alerts.example.yaml").read_text()
    for part in (type(policy), *map(type, policy.channels.values()), type(policy.rules[0])):
        assert all(f"{option}:" in example for option in part.model_fields), part


def test_a_name_or_a_login_that_looks_like_a_number_or_a_truth_is_a_name() -> None:
    login = "    tls: none\n    user: 007\n    password: env:PLANTED_URL"
    text = RIGHT.replace("    tls: none", login).replace("mine", "on")
    policy = parse_policy(Path("alerts.yaml"), text)
    assert list(policy.channels) == ["on", "mail"]
    assert policy.channels["mail"].user == "007"


def test_without_the_file_nobody_is_told_and_nothing_is_wrong(home) -> None:
    assert load_policy(home().settings) is None


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_sentence_with_its_line(home, case: str) -> None:
    right, wrong, line, words = WRONG[case]
    made = home()
    assert right in RIGHT
    made.settings.alerts_policy.write_text(RIGHT.replace(right, wrong, 1))
    with pytest.raises(SettingsError) as error:
        load_policy(made.settings)
    sentence = str(error.value)
    assert sentence.startswith(f"{made.settings.alerts_policy}, line {line}: {words}"), sentence
    assert sentence.endswith("alerts.example.yaml.")
    assert "\n" not in sentence
    assert SECRET_PATH not in sentence


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_is_written_into_the_file_is_taken_or_refused_in_one_sentence(data: st.DataObject) -> None:
    text = (PROJECT / "alerts.example.yaml").read_text()
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, min(len(text), first + 40)))
    syntax = st.sampled_from([": ", "\n", "- ", "2026-99-99", "{", "null", "[[", "&a *a"])
    planted = data.draw(st.text(max_size=6) | syntax)
    try:
        parse_policy(Path("alerts.yaml"), text[:first] + planted + text[last:])
    except SettingsError as error:
        assert re.fullmatch(r"alerts\.yaml(, line \d+)?: .*example\.yaml\.", str(error))


def test_a_file_that_cannot_be_read_is_told(home) -> None:
    made = home()
    made.settings.alerts_policy.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read: it is no text in UTF-8"):
        load_policy(made.settings)
    made.settings.alerts_policy.unlink()
    made.settings.alerts_policy.mkdir()
    with pytest.raises(SettingsError, match="cannot be read: Is a directory; correct it or remove it"):
        load_policy(made.settings)


def test_doctor_counts_the_channels(home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home()
    monkeypatch.setattr("healthcare_elt.pipeline.doctor._dbt", lambda _: "not asked in this test")
    monkeypatch.setenv("URL_OF_HOOK", "http://127.0.0.1:9/")
    hook = "{type: webhook, url: 'env:URL_OF_HOOK'}"
    rules = "rules: [{events: [drift], channels: [one]}]"
    for channels, words in ((f"one: {hook}", "1 channel in"), (f"one: {hook}, two: {hook}", "2 channels in")):
        made.settings.alerts_policy.write_text(f"channels: {{{channels}}}\n{rules}\n")
        (finding,) = [finding for finding in examine() if finding.subject == "alerts"]
        assert (finding.ok, finding.sentence.startswith(words)) == (True, True), finding


def test_doctor_names_the_line(home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home()
    monkeypatch.setattr("healthcare_elt.pipeline.doctor._dbt", lambda _: "not asked in this test")
    made.settings.alerts_policy.write_text(RIGHT.replace("drift", "drfit"))
    (finding,) = [finding for finding in examine() if finding.subject == "alerts"]
    assert not finding.ok
    assert ", line 13: rules.0.events.1 is 'drfit'" in finding.sentence
    made.settings.alerts_policy.write_text(RIGHT)
    (finding,) = [finding for finding in examine() if finding.subject == "alerts"]
    assert finding.ok


def test_definitions_refuse_a_broken_file_where_they_are_checked_and_load_everywhere_else(
    home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home()
    made.settings.alerts_policy.write_text(RIGHT.replace("drift", "drfit"))
    monkeypatch.setattr(definitions, "build_definitions", lambda _: dg.Definitions())
    assert definitions.defs()
    monkeypatch.setenv("DAGSTER_IS_DEFS_VALIDATION_CLI", "1")
    with pytest.raises(dg.DagsterInvalidDefinitionError, match="line 13"):
        definitions.defs()


@pytest.mark.e2e
def test_dg_check_defs_names_the_line(home) -> None:
    made = home()
    made.settings.alerts_policy.write_text(RIGHT.replace("drift", "drfit"))
    done = subprocess.run(
        [Path(sys.executable).with_name("dg"), "check", "defs"],
        cwd=PROJECT, env=os.environ | {"DAGSTER_HOME": ""}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert ", line 13: rules.0.events.1 is 'drfit' and must be one of" in done.stdout + done.stderr
