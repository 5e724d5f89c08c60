"""The installed command ends its process at once, and loses nothing by that: neither a word nor its exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import atexit, os, sys
from healthcare_elt.cli import command
import healthcare_elt.cli.app as app

class Unfinished:
    def __del__(self):
        print("taken apart object by object")

def main():
    app.unfinished = Unfinished()
    app.unfinished.itself = app.unfinished
    atexit.register(print, "asked for at the end")
    print("x" * 100_000)
    {ending}

app.main = main
command()
"""


@pytest.fixture(autouse=True)
def buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a user's Python is; where it keeps nothing back, nothing can be lost."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.mark.parametrize(
    ("ending", "code"),
    [("pass", 0), ("sys.exit()", 0), ("sys.exit(2)", 2), ("sys.exit('a sentence')", 1), ("raise KeyError", 1)],
)
def test_the_exit_code_and_all_that_was_printed_arrive(ending: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN.format(ending=ending)], capture_output=True, text=True)
    assert done.returncode == code
    assert done.stdout.split("\n") == ["x" * 100_000, "asked for at the end", ""]
    assert ("a sentence" in done.stderr, "KeyError" in done.stderr) == ("sentence" in ending, "KeyError" in ending)


def test_words_that_could_not_be_written_are_told_as_python_tells_it() -> None:
    script = BEGIN.format(ending="pass").replace("100_000", "10")  # what fits in Python's own buffer
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", script], stdout=full, stderr=full)
    assert done.returncode == 120
