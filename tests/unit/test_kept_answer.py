"""A kept answer stands while nothing that it rests on has changed, and no longer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from healthcare_elt import kept_answer
from healthcare_elt.kept_answer import COARSE_TICK, TICK, basis, keep, kept

LATER = 2e10


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a tree, a folder of which the names count, and a file; all of it changed long ago."""
    monkeypatch.setattr(kept_answer, "TICK", 0.0)
    for name in ("tree/one/two/file", "names/a", "links/b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first")
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "links")
    return tmp_path


def asked(place: Path, question: str = "q") -> kept_answer.Basis:
    return basis(question, [place / "tree", place / "file"], [place / "names"])


def test_what_was_kept_is_told_again_to_who_asks_the_same(place: Path) -> None:
    keep(place / "kept", asked(place), LATER, {"rows": [1, None, "ü"]})
    assert kept(place / "kept", "q") == {"rows": [1, None, "ü"]}
    assert kept(place / "kept", "another question") is None
    assert (place / "kept").stat().st_mode & 0o777 == 0o600


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file came": lambda place: (place / "tree" / "new").touch(),
    "a file came far below": lambda place: (place / "tree" / "one" / "two" / "new").touch(),
    "a file came behind a link": lambda place: (place / "links" / "new").touch(),
    "a file behind a link was written again": lambda place: (place / "links" / "b").write_text("other"),
    "a file was written again": lambda place: (place / "tree" / "one" / "two" / "file").write_text("other"),
    "its time was put back": lambda place: written_and_put_back(place / "tree" / "one" / "two" / "file"),
    "a file was replaced": lambda place: replaced(place / "tree" / "one" / "two" / "file"),
    "a file went": lambda place: (place / "tree" / "one" / "two" / "file").unlink(),
    "a folder may be read by others": lambda place: (place / "tree" / "one").chmod(0o700),
    "what was not there came": lambda place: (place / "file").touch(),
    "a name came": lambda place: (place / "names" / "b").touch(),
    "a name went": lambda place: (place / "names" / "a").unlink(),
}


def written_and_put_back(file: Path) -> None:
    before = file.stat()
    file.write_text("other")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file: Path) -> None:
    before = file.stat()
    other = file.with_name("other")
    other.write_text("other")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_no_longer_stands_once_anything_has_changed(place: Path, change: Callable[[Path], object]) -> None:
    keep(place / "kept", asked(place), LATER, "answer")
    assert kept(place / "kept", "q") == "answer"
    change(place)
    assert kept(place / "kept", "q") is None


def test_it_is_not_kept_if_something_changed_while_it_was_looked_for(place: Path) -> None:
    began = asked(place)
    (place / "tree" / "new").touch()
    keep(place / "kept", began, LATER, "answer")
    assert not (place / "kept").exists()


def test_it_is_not_kept_within_a_tick_of_a_change_since_another_one_might_look_the_same(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answer, "TICK", TICK)
    (place / "tree" / "new").touch()
    changed = (place / "tree" / "new").stat().st_ctime_ns / 1e9
    tick = COARSE_TICK if changed == int(changed) else TICK
    for after, stands in ((tick / 2, False), (tick * 2, True)):
        monkeypatch.setattr(kept_answer.time, "time", lambda now=changed + after: now)
        keep(place / "kept", asked(place), LATER, "answer")
        assert (kept(place / "kept", "q") == "answer") is stands


def test_it_stands_from_when_it_was_asked_until_the_moment_that_was_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asked(place)
    keep(place / "kept", began, began.at + 60, "answer")
    for now, stands in ((0, True), (59, True), (60, False), (-1, False)):
        monkeypatch.setattr(kept_answer.time, "time", lambda now=began.at + now: now)
        assert (kept(place / "kept", "q") == "answer") is stands, "a clock that was put back counts too"


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"question": "q"}', "\x00\xff"])
def test_a_damaged_file_is_as_good_as_none(place: Path, content: str) -> None:
    (place / "kept").write_text(content)
    assert kept(place / "kept", "q") is None


def test_who_only_asks_makes_no_folder_and_where_nothing_can_be_written_nothing_is_kept(place: Path) -> None:
    keep(place / "no folder" / "kept", asked(place), LATER, "answer")
    assert not (place / "no folder").exists()
    (place / "kept").mkdir()
    keep(place / "kept", asked(place), LATER, "answer")
    assert kept(place / "kept", "q") is None


def test_of_those_who_write_at_once_one_wins_whole(place: Path) -> None:
    answers = [str(number) * 100_000 for number in range(8)]
    began = [asked(place, answer[0]) for answer in answers]
    with ThreadPoolExecutor(4) as others:
        list(others.map(lambda each: keep(place / "kept", each[0], LATER, each[1]), zip(began, answers, strict=True)))
    question = json.loads((place / "kept").read_text())["question"]
    assert kept(place / "kept", question) == question * 100_000
    assert not list(place.glob(".kept*"))
