"""Python runs this first wherever PYTHONPATH leads here: all that a process logs, and starts, is written into a folder.

Debug logging is on for everything, as somebody has it who looks for an error.
"""

import logging
import os
import sys
from pathlib import Path

OWN = Path(os.environ["WATCHED"]) / str(os.getpid())
STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn")

logging.basicConfig(level=logging.DEBUG, filename=OWN.with_suffix(".log"))
starts = OWN.with_suffix(".started").open("a", buffering=1)


def note(event: str, arguments: tuple) -> None:
    """Without the environment, which only the process's own user can see."""
    if event in STARTS:
        starts.write(f"{event} {[each for each in arguments if not isinstance(each, dict)]}\n")


sys.addaudithook(note)
starts.write(f"{sys.orig_argv}\n")
