"""`healthcare-elt run` as a process: begun, killed at a moment that a seed chooses, or brought to its end.

Here belongs what is done to runs; `make soak` calls these functions too. What must be in the home afterwards is in the
tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import HOME_VARIABLE

BEGUN = "begun"
RUN = f"""
import resource, sys
from healthcare_elt import orchestration
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print("{BEGUN}", flush=True)
from healthcare_elt.cli import main
main()
"""
"""The command, which says when all is imported and the work begins; no file may grow beyond its first argument."""
NO_LIMIT = -1


def start(home: Home, limit: int = NO_LIMIT) -> subprocess.Popen[str]:
    """A `healthcare-elt run` of the home, at the moment in which its work begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(limit), "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {HOME_VARIABLE: str(home.settings.home)},
    )
    assert process.stdout and process.stdout.readline().strip() == BEGUN
    return process


def finish(home: Home) -> float:
    """Run to the end; how many seconds the work took."""
    process = start(home)
    begun = time.monotonic()
    said, error = process.communicate(timeout=300)
    assert process.returncode == 0, said + error
    return time.monotonic() - begun


def kill_at_random_moment(home: Home, seed: int, duration: float) -> bool:
    """Start a run and kill it at the seed's share of the duration; False if it had ended by then."""
    process = start(home)
    try:
        process.communicate(timeout=duration * Random(seed).random())
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    return False


def kill_again_and_again(home: Home, outbox: Path, seeds: list[int], duration: float) -> int:
    """Deliver the outbox in as many pieces as there are seeds and kill a run after each; how many kills that were.

    The files come in the order in which they were last changed, and keep those moments.
    """
    files = sorted((path for path in outbox.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
    killed = 0
    for number, seed in enumerate(seeds):
        piece = files[len(files) * number // len(seeds) : len(files) * (number + 1) // len(seeds)]
        for file in piece:
            target = home.settings.inbox / file.relative_to(outbox)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.rename(target)
        killed += kill_at_random_moment(home, seed, duration)
    return killed
