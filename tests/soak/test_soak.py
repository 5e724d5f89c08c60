"""The soak command itself: it counts, ends by itself, and says how to see a difference again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).with_name("soak.py")
BROKEN = """
from hypothesis import given, settings, strategies as st

@settings(database=None)
@given(number=st.integers(0, 10**6))
def test_breaks_with_some_seeds(number):
    assert number < 2
"""


def soak(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, SOAK, *arguments], capture_output=True, text=True, check=False)


def test_a_round_counts_its_examples_and_ends_with_the_seed() -> None:
    ended = soak("--minutes", "0", "--seed", "7", "--suites", "property/test_ledger_convergence.py")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(
        r"^[1-9]\d* examples tried, 0 kills survived, 0 differences found; seeds 7 to 7\.$", ended.stdout, re.M
    )


def test_a_difference_ends_with_code_1_and_how_to_replay_it(tmp_path: Path) -> None:
    suite = tmp_path / "test_broken.py"
    suite.write_text(BROKEN)
    ended = soak("--minutes", "0", "--seed", "3", "--suites", str(suite))
    assert ended.returncode == 1
    assert f"make soak MINUTES=0 SEED=3 SUITES={suite}" in ended.stdout
    assert "1 differences found" in ended.stdout


def test_a_soak_without_a_suite_fails() -> None:
    assert soak("--minutes", "0", "--suites", "no_such_suite.py").returncode == 1
