"""One alert and one note of recovery per incident, whatever comes and goes, and whatever fails on the way.

Turns are taken one after the other as the sensor takes them, with the moment of each given, on a real book and with
real web servers that are up or down.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from alert_servers import Receiver, receiver
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from healthcare_elt.alerts import deliver as alert_deliver
from healthcare_elt.alerts import turn as alert_turn
from healthcare_elt.alerts.book import BookBusy, held_book, read_book
from healthcare_elt.alerts.deliver import LONGEST_SENDING, MOST_NOTES, send_all
from healthcare_elt.alerts.incident import LONGEST_LOOK, Incident, Source, look
from healthcare_elt.alerts.policy_file import load_policy
from healthcare_elt.alerts.turn import Turn, take_turn
from healthcare_elt.pipeline.home import Home

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
KEYS = ("a", "b", "c")
SLOW_FORM = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
PER_HOUR = 3


class Killed(BaseException):
    """The process ended here."""


def incident(key: str, **more: object) -> Incident:
    usual = {"event": "check_failed", "severity": "error", "since": START, "latest": START, "next": "healthcare-elt x"}
    return Incident(**{"key": key, "what": f"{key} is wrong.", **usual, **more})


def turn(home: Home, holds: list[Incident], now: datetime) -> Turn:
    policy = load_policy(home.settings)
    assert policy
    return take_turn(home, policy, [Source(("check_failed",), lambda: holds)], lambda *_: (0, 0), now)


def of(hook: Receiver, key: str) -> list[str]:
    """Kinds of the notes on one incident, each note once."""
    notes = {note["id"]: note for note in hook.notes if note.get("key") == key}
    return [note["kind"] for note in notes.values()]


def test_an_incident_is_told_once_and_once_when_it_is_over(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    for minute in range(4):
        turn(made, [incident("a")], START + timedelta(minutes=minute))
    assert of(hook, "a") == ["new"]
    turn(made, [], START + timedelta(minutes=9))
    assert of(hook, "a") == ["new", "over"]
    assert "Over: a is wrong.\nIt lasted from 2026-01-05 09:00 UTC to 2026-01-05 09:09 UTC." in hook.taken[-1]["text"]
    before = made.settings.alerts_book.stat().st_mtime_ns
    turn(made, [], START + timedelta(minutes=10))
    assert made.settings.alerts_book.stat().st_mtime_ns == before, "a turn without news writes nothing"


def test_what_is_found_at_one_look_is_one_message(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    turn(made, [incident(key) for key in KEYS], START)
    (message,) = hook.taken
    assert message["title"] == "healthcare-elt: 3 new"
    assert [note["key"] for note in message["notes"]] == list(KEYS)


def test_an_incident_that_lasts_is_told_again_if_the_policy_says_so(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url}, repeat_after_hours=2)
    for hour in range(5):
        turn(made, [incident("a")], START + timedelta(hours=hour))
    assert of(hook, "a") == ["new", "still", "still"]


def test_an_incident_that_becomes_worse_reaches_those_who_hear_of_that_only(home, write_policy) -> None:
    made = home()
    with receiver() as all_of_it, receiver() as errors:
        write_policy(made, {"all": all_of_it.url, "errors": errors.url})
        text = made.settings.alerts_policy.read_text()
        rule = "  severity: error\n  channels:\n  - errors\n- events: [check_failed]\n  channels:\n  - all\n"
        made.settings.alerts_policy.write_text(text.replace("  channels:\n  - all\n  - errors\n", rule))
        for minute, severity in enumerate(("warning", "error", "warning")):
            turn(made, [incident("a", severity=severity)], START + timedelta(minutes=minute))
        turn(made, [], START + timedelta(minutes=5))
        assert of(all_of_it, "a") == of(errors, "a") == ["new", "over"]
        assert errors.notes[0]["severity"] == "error"


def test_that_a_run_recovered_is_told_to_those_who_were_told_of_it_and_to_those_who_want_to_know(
    home, write_policy
) -> None:
    made = home()
    with receiver() as on_call, receiver() as team:
        write_policy(made, {"on_call": on_call.url, "team": team.url})
        rules = "rules:\n- {events: [run_failed], channels: [on_call]}\n- {events: [run_recovered], channels: [team]}\n"
        channels, _, _ = made.settings.alerts_policy.read_text().partition("rules:")
        made.settings.alerts_policy.write_text(channels + rules)
        turn(made, [incident("a", event="run_failed")], START)
        turn(made, [], START + timedelta(minutes=1))
        assert (of(on_call, "a"), of(team, "a")) == (["new", "over"], ["over"])


def test_what_is_too_much_for_one_message_goes_out_with_the_next(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    holds = [incident(f"{number}") for number in range(MOST_NOTES + 10)]
    for minute in range(3):
        turn(made, holds, START + timedelta(minutes=minute))
    assert [len(message["notes"]) for message in hook.taken] == [MOST_NOTES, 10]
    assert all(of(hook, each.key) == ["new"] for each in holds)


def test_what_cannot_be_looked_at_is_neither_new_nor_over(home, hook: Receiver, write_policy) -> None:
    def unreadable() -> list[Incident]:
        raise OSError(5, "John Doe", "/home/john")

    made = home()
    write_policy(made, {"hook": hook.url})
    policy = load_policy(made.settings)
    turn(made, [incident("a")], START)
    sources = [Source(("check_failed",), unreadable), Source(("drift",), lambda: [incident("d", event="drift")])]
    said = take_turn(made, policy, sources, lambda *_: (0, 0), START + timedelta(minutes=1)).sentence()
    assert of(hook, "a") == ["new"]
    assert of(hook, "d") == ["new"]
    assert "The machine said: Input/output error; mend that" in said
    assert "ohn" not in said


def test_a_source_that_hangs_hides_no_other(hook: Receiver) -> None:
    hanging = Source(("check_failed", "drift"), lambda: hook.answer.wait() and [])
    seen = look([hanging, Source(("run_failed",), lambda: [incident("a", event="run_failed")])], str, seconds=0.2)
    assert set(seen.found) == {"a"}
    assert set(seen.unknown) == {"check_failed", "drift"}
    assert seen.unknown["drift"].startswith("check_failed could not be read within")
    assert LONGEST_LOOK + LONGEST_SENDING < 60, "then Dagster ends a sensor"


def test_what_went_out_of_sight_by_age_is_not_said_to_be_over(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    turn(made, [incident("a", event="run_failed")], START)
    turn(made, [], START + timedelta(days=8))
    assert of(hook, "a") == ["new"]
    assert not read_book(made.settings).open


def test_a_channel_that_fails_is_told_on_the_others_once_and_gets_everything_later(home, write_policy) -> None:
    made, now = home(), START
    with receiver() as up, receiver() as down:
        down.status = 500
        write_policy(made, {"up": up.url, "down": down.url})
        for number in range(30):
            now += timedelta(minutes=10)
            turn(made, [incident(f"{number}")] if number % 10 == 0 else [], now)
        assert of(up, "channel_down/down") == ["new"]
        assert 4 <= down.asked <= 12, "it is tried with growing pauses"
        down.status = 200
        for _ in range(3):
            now += timedelta(hours=1, minutes=30)
            turn(made, [], now)
        assert of(up, "channel_down/down") == ["new", "over"]
        assert not of(down, "channel_down/down")
        assert [of(down, key) for key in ("0", "10", "20")] == [["new", "over"]] * 3


def test_a_channel_that_asks_to_be_left_alone_is_left_alone(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    hook.status, hook.headers = 429, {"Retry-After": "1800"}
    for minute in range(30):
        turn(made, [incident("a")], START + timedelta(minutes=minute))
    assert hook.asked == 1
    hook.status = 200
    turn(made, [incident("a")], START + timedelta(minutes=31))
    assert of(hook, "a") == ["new"]


def test_a_clock_that_was_ahead_and_is_set_back_keeps_no_channel_and_no_summary_waiting(
    home, hook: Receiver, write_policy
) -> None:
    made = home()
    write_policy(made, {"hook": hook.url}, daily_summary_hour=7)
    hook.status = 500
    turn(made, [incident("a")], START + timedelta(days=400))
    hook.status = 200
    turn(made, [incident("a")], START)
    assert of(hook, "a") == ["new"]
    turn(made, [incident("a")], START + timedelta(days=1))
    assert [note["kind"] for note in hook.notes] == ["new", "summary"]


def test_a_slow_channel_delays_no_other(home, write_policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("healthcare_elt.alerts.channels.post.SECONDS", 0.3)
    made = home()
    with receiver() as quick, receiver() as slow:
        slow.is_slow = True
        write_policy(made, {"slow": slow.url, "quick": quick.url})
        sent = turn(made, [incident("a")], START).sent
        assert (sent["quick"].ok, sent["slow"].ok) == (True, False)
        assert of(quick, "a") == ["new"]


def test_notes_that_wait_too_long_are_counted_and_dropped(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    hook.status = 500
    turn(made, [incident("a"), incident("b")], START)
    hook.status = 200
    turn(made, [incident("b")], START + timedelta(hours=73))
    (message,) = hook.taken
    assert message["text"].startswith("2 older notes could not be kept until now")
    assert of(hook, "a") == ["over"]
    turn(made, [incident("b")], START + timedelta(hours=74))
    assert of(hook, "b") == ["new"], "what still holds is not lost"


def test_a_flood_goes_out_in_few_messages_and_whole(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url}, messages_per_hour=PER_HOUR)
    for minute in range(60):
        turn(made, [incident(f"{minute}")], START + timedelta(minutes=minute))
    assert len(hook.taken) == PER_HOUR
    for hour in range(1, 6):
        turn(made, [incident("59")], START + timedelta(hours=hour, minutes=1))
    assert all(of(hook, f"{minute}") == ["new", "over"] for minute in range(59))


def test_two_processes_do_not_tell_the_same(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    with held_book(made.settings), pytest.raises(BookBusy):
        turn(made, [incident("a")], START)
    assert not hook.asked


def test_without_room_for_the_book_nothing_is_sent(
    home, hook: Receiver, write_policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    made = home()
    write_policy(made, {"hook": hook.url})
    with monkeypatch.context() as patched:
        patched.setattr(alert_turn, "write_book", full)
        for minute in range(5):
            with pytest.raises(OSError, match="No space"):
                turn(made, [incident("a")], START + timedelta(minutes=minute))
    assert not hook.asked
    turn(made, [incident("a")], START + timedelta(minutes=6))
    assert of(hook, "a") == ["new"]


def test_a_process_that_is_killed_each_time_it_has_sent_makes_no_flood(home, hook: Receiver, write_policy) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    for minute in range(60):
        _turn_that_may_be_killed(made, [incident("a")], START + timedelta(minutes=minute), killed=True)
    assert 3 <= len(hook.taken) <= 8
    assert of(hook, "a") == ["new"], "all of them are the same note"


@pytest.mark.parametrize("damage", [b"", b"{", b'{"open": 3}', b"\xff"])
def test_a_damaged_book_is_begun_again(home, hook: Receiver, write_policy, damage: bytes) -> None:
    made = home()
    write_policy(made, {"hook": hook.url})
    turn(made, [incident("a")], START)
    made.settings.alerts_book.write_bytes(damage)
    turn(made, [incident("a")], START + timedelta(minutes=1))
    assert [note["kind"] for note in hook.notes] == ["new", "new"]


@st.composite
def _steps(draw: st.DrawFn) -> list[tuple[frozenset[str], tuple[bool, bool], bool, int]]:
    """What holds, which channels are up, whether the process is killed after sending, minutes since the step before."""
    step = st.tuples(
        st.frozensets(st.sampled_from(KEYS)), st.tuples(st.booleans(), st.booleans()), st.booleans(), st.integers(1, 60)
    )
    return draw(st.lists(step, max_size=40))


FLAPPING = [(frozenset(KEYS[: number % 2]), (True, number % 7 < 3), number % 5 == 0, 1) for number in range(40)]


@settings(
    max_examples=200 if SLOW_FORM else 25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@example(steps=FLAPPING)
@given(steps=_steps())
def test_every_incident_is_told_once_and_once_when_it_is_over_whatever_fails(
    home, write_policy, tried: Callable[[], None], steps: list[tuple[frozenset[str], tuple[bool, bool], bool, int]]
) -> None:
    made, now = home(), START
    made.settings.alerts_book.unlink(missing_ok=True)
    with ExitStack() as stack:
        hooks = [stack.enter_context(receiver()) for _ in range(2)]
        write_policy(made, {"one": hooks[0].url, "two": hooks[1].url}, messages_per_hour=PER_HOUR)
        moments: list[datetime] = []
        for holds, up, killed, minutes in steps:
            now += timedelta(minutes=minutes)
            for hook, is_up in zip(hooks, up, strict=True):
                hook.status = 200 if is_up else 500
            before = len(hooks[0].taken)
            _turn_that_may_be_killed(made, [incident(key) for key in sorted(holds)], now, killed)
            moments += [now] * (len(hooks[0].taken) - before)
        last = steps[-1][0] if steps else frozenset()
        for hook in hooks:
            hook.status = 200
        for _ in range(8):
            now += timedelta(hours=2)
            turn(made, [incident(key) for key in sorted(last)], now)
        kills = sum(killed for _, _, killed, _ in steps)
        for hook in hooks:
            assert {key: of(hook, key) for key in KEYS} == {key: _expected(steps, key) for key in KEYS}
            assert all(times <= 1 + kills for times in Counter(note["id"] for note in hook.notes).values())
        assert not any(state.notes for state in read_book(made.settings).channels.values())
        assert all(_within_an_hour(moments, moment) <= PER_HOUR + kills for moment in moments)
    tried()


def _turn_that_may_be_killed(home: Home, holds: list[Incident], now: datetime, killed: bool) -> None:
    """Killed between sending and writing down that it was sent, if something is sent."""

    def send_and_die(*work: object) -> None:
        send_all(*work)
        raise Killed

    with pytest.MonkeyPatch.context() as patched, suppress(Killed):
        if killed:
            patched.setattr(alert_deliver, "send_all", send_and_die)
        turn(home, holds, now)


def _expected(steps: list[tuple[frozenset[str], tuple[bool, bool], bool, int]], key: str) -> list[str]:
    held = [False, *(key in holds for holds, *_ in steps)]
    return ["new" if after else "over" for before, after in pairwise(held) if before != after]


def _within_an_hour(moments: list[datetime], moment: datetime) -> int:
    return sum(moment - timedelta(hours=1) < each <= moment for each in moments)
