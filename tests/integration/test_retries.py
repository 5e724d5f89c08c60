"""What passes by itself is tried again later, in the same run; what does not pass fails at once."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

import dagster as dg
import pytest
import requests
from aws_server import AwsServer
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.defs.build import build_definitions
from healthcare_elt.defs.jobs import DAILY_ELT
from healthcare_elt.defs.partitions import range_tags
from healthcare_elt.defs.retries import wait_seconds
from healthcare_elt.orchestration import dagster_instance
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transient import is_transient
from healthcare_elt.transform.snowflake_refusal import passes

RUN = "6a1f6a0e-5d8e-4f3c-9a55-0d6b9f0f7e11"
LANDED = dg.AssetKey(["landing", "icon_health", "patients"])


def deliver(home: Home) -> None:
    file = home.settings.inbox / "icon_health" / "patients_2026-01-02.csv"
    file.parent.mkdir(parents=True)
    file.write_text("patient_id,gender,birth_date\nP1,F,1980-01-01\n")


def run_by_daemon(home: Home, on_retry: Callable[[], None] = lambda: None) -> list[dg.DagsterEvent]:
    """The landing step as the daemon runs it; `on_retry` is called when it has failed and waits."""

    def take(entry: dg.EventLogEntry) -> None:
        if entry.dagster_event and entry.dagster_event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY:
            on_retry()

    with dagster_instance(home.settings) as instance:
        instance.add_event_listener(RUN, take)
        job = build_definitions(home.settings).resolve_job_def(DAILY_ELT)
        result = job.execute_in_process(
            run_id=RUN,
            instance=instance,
            asset_selection=[LANDED],
            tags=range_tags(set(pending(home))),
            raise_on_error=False,
        )
    return [event for event in result.all_events if event.is_step_event]


def kinds(events: list[dg.DagsterEvent]) -> list[str]:
    return [event.event_type.value for event in events if event.event_type.value.startswith("STEP_")]


def test_a_lock_that_is_given_back_while_the_step_waits_costs_a_retry_and_no_run(home) -> None:
    made = home(lock_timeout_seconds=0, retry_seconds=0.01)
    deliver(made)
    other = FileLock(made.settings.lock_file, thread_local=False)
    other.acquire()
    events = kinds(run_by_daemon(made, on_retry=other.release))
    assert [kind for kind in events if "OUTPUT" not in kind] == [
        "STEP_START",
        "STEP_UP_FOR_RETRY",
        "STEP_RESTARTED",
        "STEP_SUCCESS",
    ]
    assert len(made.ledger.deliveries()) == 1


def test_after_the_last_retry_the_sentence_of_the_failure_is_there(home) -> None:
    made = home(lock_timeout_seconds=0, retry_seconds=0.01, retries=2)
    deliver(made)
    with FileLock(made.settings.lock_file):
        events = run_by_daemon(made)
    assert kinds(events).count("STEP_UP_FOR_RETRY") == 2
    failure = events[-1].step_failure_data.user_failure_data
    assert failure.description.startswith(f"Another run works in {made.settings.home}")


def test_what_does_not_pass_by_itself_fails_at_once(home) -> None:
    made = home()
    deliver(made)
    made.settings.landing.mkdir(parents=True)
    (made.settings.landing / "raw").write_text("a file where a folder must be")
    assert "STEP_UP_FOR_RETRY" not in kinds(run_by_daemon(made))


@given(st.floats(1, 3600), st.integers(0, 10))
def test_each_wait_is_twice_the_one_before_and_up_to_half_as_long_again(first: float, retries: int) -> None:
    least = first * 2**retries
    assert least <= wait_seconds(first, retries) <= 1.5 * least


def refused_port() -> int:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return closed.getsockname()[1]


def test_a_service_that_nobody_runs_may_be_back_later() -> None:
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get(f"http://127.0.0.1:{refused_port()}", timeout=5)
    assert is_transient(caught.value)


def test_s3_that_does_not_answer_may_be_back_later_and_one_that_refuses_not(
    home, aws: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home(landing_url="s3://no-such-bucket/landing")
    deliver(made)
    with pytest.raises(Exception, match="no such bucket") as refused:
        made.zone.examine()
    assert not is_transient(refused.value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{refused_port()}")
    with pytest.raises(Exception, match="cannot be reached") as unanswered:
        Home(made.settings).zone.examine()
    assert is_transient(unanswered.value)


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (TimeoutError(errno.ETIMEDOUT, "timed out"), True),
        (OSError(errno.ESTALE, "stale file handle"), True),
        (OSError(errno.ENOSPC, "no space left"), False),
        (PermissionError(errno.EACCES, "denied"), False),
        (requests.exceptions.SSLError(), False),
        (ValueError(), False),
    ],
    ids=str,
)
def test_what_passes_is_told_from_what_lasts(error: Exception, passing: bool) -> None:
    assert is_transient(error) is passing


@pytest.mark.parametrize(
    ("said", "passing"),
    [
        ("Database Error in model a\n  250001 (08001): 01: Failed to connect to DB", True),
        ("Database Error in model a\n  000625 (57014): 01: Statement has locked table", True),
        ("Database Error in model a\n  003001 (42501): 01: SQL access control error", False),
        ("Database Error in model a\n  100038 (22018): 01: Numeric value is not recognized", False),
        ("Compilation Error", False),
    ],
)
def test_what_snowflake_refused_to_dbt_is_tried_again_only_if_it_passes(said: str, passing: bool) -> None:
    assert passes(said) is passing
