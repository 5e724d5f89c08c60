"""A failed `dg launch` is told of, by the sensor and by the command, and what they do harms nothing.

The run is a real one of `dg launch`, which no code location has started: Dagster's sensors of failures pass it over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from alert_servers import SECRET_PATH, Receiver, receiver
from filelock import FileLock

from healthcare_elt.alerts.book import held_book
from healthcare_elt.cli import main
from healthcare_elt.defs.build import build_definitions
from healthcare_elt.orchestration import dagster_instance, run_daily_elt
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import HOME_VARIABLE

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).parents[2]
PERSON = "Jane-Q-Planted"
DAY = "2026-01-02"


@dataclass
class Failed:
    """A home in which `dg launch` has failed, and its definitions."""

    home: Home
    definitions: dg.Definitions
    launched: subprocess.CompletedProcess[str]

    def tick(self) -> str:
        """What the sensor says of one evaluation."""
        sensor = self.definitions.resolve_sensor_def("alert_sensor")
        with dagster_instance(self.home.settings) as instance:
            context = dg.build_sensor_context(
                instance, repository_def=self.definitions.get_repository_def(), resources=self.definitions.resources
            )
            result = sensor.evaluate_tick(context)
        assert not result.run_requests
        return result.skip_message or ""


@pytest.fixture(scope="module")
def failed(module_home) -> Iterator[Failed]:
    home = module_home("failed", lock_timeout_seconds=0, retries=0)
    file = home.settings.inbox / "icon_health" / f"patients_{DAY}_{PERSON}.csv"
    file.parent.mkdir(parents=True)
    file.write_text("patient_id,gender,birth_date\nP1,F,1980-01-01\n")
    with dagster_instance(home.settings):
        definitions = build_definitions(home.settings)
    home.settings.lock_file.parent.mkdir(exist_ok=True)
    with FileLock(home.settings.lock_file):
        launched = subprocess.run(
            [Path(sys.executable).with_name("dg"), "launch", "--job", "daily_elt", "--partition", DAY],
            cwd=PROJECT, env=os.environ | {"DAGSTER_HOME": str(home.settings.dagster_home)},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    yield Failed(home, definitions, launched)


@pytest.fixture
def fresh(failed: Failed, write_policy, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Failed, Receiver]]:
    """The home with nothing told yet, and its only channel."""
    monkeypatch.setenv(HOME_VARIABLE, str(failed.home.settings.home))
    failed.home.settings.alerts_book.unlink(missing_ok=True)
    with receiver() as hook:
        write_policy(failed.home, {"hook": hook.url})
        yield failed, hook


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, str]]:
    """`command(*words)`: exit code of `healthcare-elt`, and all it says."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["healthcare-elt", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_a_failed_dg_launch_is_told_once_by_the_sensor_and_is_over_when_its_work_is_done(
    fresh: tuple[Failed, Receiver],
) -> None:
    failed, hook = fresh
    assert failed.launched.returncode != 0
    assert failed.tick() == "Open incidents: 1. hook: taken."
    assert failed.tick() == "Open incidents: 1."
    (message,) = hook.taken
    (note,) = message["notes"]
    assert (note["kind"], note["event"], note["deliveries"]) == ("new", "run_failed", [f"all of {DAY}"])
    assert note["what"] == "A run of job daily_elt failed in land_icon_health, land_synthea."
    with dagster_instance(failed.home.settings) as instance:
        (record,) = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
        assert record.dagster_run.remote_job_origin is None
        assert note["link"] == f"http://localhost:3000/runs/{record.dagster_run.run_id}"
        outcome = run_daily_elt(
            failed.home.settings, {date.fromisoformat(DAY)}, select='key:"landing/*" or key:"bronze/*"'
        )
        assert outcome.success
        assert failed.tick() == "Open incidents: 0. hook: taken."
        assert hook.notes[-1]["kind"] == "over"
        for run in instance.get_runs(dg.RunsFilter(run_ids=[outcome.run_id])):
            instance.delete_run(run.run_id)
    assert PERSON not in json.dumps(hook.taken) + failed.home.settings.alerts_book.read_text()


def test_the_sensor_goes_on_whatever_is_broken(fresh: tuple[Failed, Receiver], monkeypatch: pytest.MonkeyPatch) -> None:
    failed, hook = fresh
    settings = failed.home.settings
    right = settings.alerts_policy.read_text()
    settings.alerts_policy.write_text(right.replace("drift", "drfit"))
    assert "line " in failed.tick()
    settings.alerts_policy.unlink()
    assert failed.tick().startswith("Nobody is to be told of anything")
    settings.alerts_policy.write_text(right)
    with held_book(settings):
        assert failed.tick().startswith("Another process looks and sends just now")
    hook.status = 500
    assert failed.tick() == "Open incidents: 1. hook failed: the server answered 500; look at that server."
    assert SECRET_PATH not in settings.alerts_book.read_text()
    settings.alerts_book.unlink()
    settings.alerts_book.mkdir()
    assert failed.tick().startswith("The machine said: ")
    settings.alerts_book.rmdir()


def test_the_command_sends_what_the_sensor_would_and_shows_what_is_open(
    fresh: tuple[Failed, Receiver], command: Callable[..., tuple[int, str]]
) -> None:
    _, hook = fresh
    hook.status = 500
    code, said = command("alerts", "send")
    assert (code, "hook failed: the server answered 500" in said) == (1, True)
    code, said = command("alerts", "show")
    assert code == 0
    assert "A run of job daily_elt failed" in " ".join(said.split())
    assert "hook: 1 notes wait: the server answered 500; look at that server." in said
    code, said = command("alerts", "show", "--json")
    assert set(json.loads(said)["open"]) == {"run_failed/daily_elt"}
    code, said = command("status")
    assert "Open incidents at the last look: 1" in said


def test_a_test_message_says_what_came_of_it_on_each_channel(
    fresh: tuple[Failed, Receiver], command: Callable[..., tuple[int, str]], write_policy
) -> None:
    failed, hook = fresh
    with receiver() as broken:
        broken.status = 404
        write_policy(failed.home, {"hook": hook.url, "broken": broken.url})
        code, said = command("alerts", "test")
        assert code == 1
        assert "hook: taken." in said
        assert "broken failed: the server answered 404; correct the url" in said
        assert SECRET_PATH not in said
        assert command("alerts", "test", "--channel", "hook") == (0, "hook: taken.\n")
        assert (len(hook.taken), broken.asked) == (2, 1)
        code, said = command("alerts", "test", "--channel", "nobody")
        assert code == 2
    failed.home.settings.alerts_policy.unlink()
    code, said = command("alerts", "test")
    assert (code, "write one as in alerts.example.yaml" in said) == (2, True)
