"""`make soak MINUTES=n`: every suite again and again, each round with a seed of its own, until the minutes are over.

Here belongs the running and the counting. What is attacked is in `suites`; a round that has begun is finished suite by
suite, so the end comes one suite late at most. `SEED=s` begins with the round of that seed: it replays a failing one.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

from suites import SUITES, TESTS

COUNTED = ("examples", "kills_survived")
HANGS_AFTER_SECONDS = 3600
NOTHING_COLLECTED = 5


def main(arguments: list[str] | None = None) -> int:
    asked = _arguments(arguments)
    seed = secrets.randbelow(10**9) if asked.seed is None else asked.seed
    print(f"Soak for {asked.minutes:g} minutes, seed {seed}.", flush=True)
    until = time.monotonic() + asked.minutes * 60
    total: Counter[str] = Counter()
    seeds: list[int] = []
    present = [suite for suite in asked.suites if (TESTS / suite).exists()]
    if missing := [suite for suite in asked.suites if suite not in present]:
        print(f"Not in tests/: {', '.join(missing)}.", flush=True)
    for seed_of_round, suite in _work(present, seed):
        if total["suites"] and time.monotonic() >= until:
            break
        seeds = list(dict.fromkeys([*seeds, seed_of_round]))
        told = run(suite, seed_of_round)
        total.update(told)
        print(f"  seed {seed_of_round}  {suite:44} {_sentence(told)}", flush=True)
        if told["differences"]:
            print(f"Replay it: make soak MINUTES=0 SEED={seed_of_round} SUITES={suite}", flush=True)
    print(f"{_sentence(total)}; seeds {seeds[0]} to {seeds[-1]}." if seeds else "There is no suite to run.")
    return 1 if total["differences"] or not seeds else 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--suites", nargs="*", default=SUITES, help="files or folders below tests/")
    return parser.parse_args(arguments)


def _work(suites: list[str], seed: int) -> Iterator[tuple[int, str]]:
    """Round after round; nothing if there is no suite."""
    for number in count() if suites else ():
        yield from ((seed + number, suite) for suite in suites)


def run(suite: str, seed: int) -> Counter[str]:
    """One suite with one seed: what it counted, and a difference for each failing test."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        report = Path(folder) / "report.xml"
        # A folder of its own for pytest's homes: hours of them would fill the disk.
        options = [f"--junitxml={report}", f"--basetemp={folder}/homes", f"--hypothesis-seed={seed}", "--durations=0"]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(TESTS / suite)]
        environment = os.environ | {"HYPOTHESIS_PROFILE": "soak", "SOAK_SEED": str(seed)}
        try:
            ended = subprocess.run(
                command, env=environment, cwd=TESTS.parent, capture_output=True, text=True, timeout=HANGS_AFTER_SECONDS
            )
        except subprocess.TimeoutExpired:
            print(f"{suite} hung with seed {seed}.")
            return Counter(suites=1, differences=1)
        if ended.returncode not in (0, NOTHING_COLLECTED):
            print(ended.stdout[-20_000:], ended.stderr[-2_000:], sep="\n")
        told = _told(report) if report.exists() else Counter()
        told["suites"] = 1
        if ended.returncode not in (0, NOTHING_COLLECTED):
            told["differences"] = max(told["differences"], 1)
        return told


def _told(report: Path) -> Counter[str]:
    told: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        told["differences"] += len(case.findall("failure")) + len(case.findall("error"))
        told["skipped"] += len(case.findall("skipped"))
        for each in case.iter("property"):
            if each.get("name") in COUNTED:
                told[each.get("name")] += int(each.get("value"))
    return told


def _sentence(told: Counter[str]) -> str:
    skipped = f", {told['skipped']} tests skipped" if told["skipped"] else ""
    return (
        f"{told['examples']} examples tried, {told['kills_survived']} kills survived, "
        f"{told['differences']} differences found{skipped}"
    )


if __name__ == "__main__":
    sys.exit(main())
