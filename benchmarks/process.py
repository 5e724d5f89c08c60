"""What one command costs: wall and CPU seconds, and the most memory that it and its children held at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from benchmarks.runners import ROOT, Command

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and of CPU (user and system, children included), and megabytes (10**6 bytes) of memory."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, CPU {self.cpu:.2f} s, {self.memory:.0f} MB"


def start(command: Command, output: int | IO[str], *, own_session: bool = False) -> subprocess.Popen:
    """Begin the command, all that it says going to `output`; with a session of its own it can be ended as a group."""
    return subprocess.Popen(
        command.arguments,
        env=command.full_environment(),
        cwd=command.folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=own_session,
    )


def cost_of(command: Command) -> Cost:
    """Runs the command to its end, out of a small process: Linux counts what one has held as held by what it starts.

    Raises:
        RuntimeError: it failed; with the end of its output.
    """
    told = json.dumps([command.arguments, dict(command.environment), str(command.folder)])
    small = (sys.executable, "-m", "benchmarks.process")
    answer = json.loads(
        subprocess.run(small, input=told, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True).stdout
    )
    if "failed" in answer:
        raise RuntimeError(answer["failed"])
    return Cost(**answer)


def _cost_of(command: Command) -> dict[str, float | str]:
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = start(command, output)
        watch = _Memory(process.pid)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
        if process.returncode:
            output.seek(0)
            return {"failed": f"{' '.join(command.arguments)} failed:\n{output.read()[-3000:]}"}
    # Of a process that has ended at once, only the operating system knows how much it held.
    return asdict(Cost(wall, usage.ru_utime + usage.ru_stime, max(watch.peak, usage.ru_maxrss * 1024) / 1e6))


class _Memory(threading.Thread):
    """Adds up what a process and its children hold, every `POLL_SECONDS`, until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._ended = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            self.peak = max(self.peak, held_by_family(self._pid))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def held_by_family(pid: int) -> int:
    """Bytes that a process and its children hold, as Linux tells; 0 of those that have ended, and on other systems."""
    return sum(int(fields[1]) for fields in _of_family(pid, "statm")) * os.sysconf("SC_PAGE_SIZE")


def cpu_of_family(pid: int) -> float:
    """Seconds of CPU, user and system, of a process and its children that live, and of those that they waited for."""
    # After the name in brackets: state is field 3 of proc(5), the four times are fields 14 to 17.
    ticks = sum(sum(map(int, fields[-39:][:4])) for fields in _of_family(pid, "stat"))
    return ticks / os.sysconf("SC_CLK_TCK")


def _of_family(pid: int, file: str) -> Iterator[list[str]]:
    """What this file of /proc holds for each of them that lives."""
    place = Path("/proc") / str(pid)
    try:
        fields = (place / file).read_text().split()
        children = [child for task in (place / "task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return
    yield fields
    for child in children:
        yield from _of_family(int(child), file)


if __name__ == "__main__":
    arguments, environment, folder = json.load(sys.stdin)
    print(json.dumps(_cost_of(Command(tuple(arguments), environment, Path(folder)))))
