"""The process of the installed command, and how it ends.

Here belongs what concerns the process as a whole. What the command does is in `app`, which tests call in their own.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

NOT_WRITTEN = 120
"""Python's own exit code where what was printed could not be written."""


def command() -> NoReturn:
    """Run the command, and end the process as soon as everything is written and closed.

    Python would take two seconds after a run to give back, object by object, the memory that the system takes at once.
    """
    from healthcare_elt.cli.app import main

    code: list[object] = [1]  # of an error that nobody took
    atexit.register(_end, code)  # the first that is registered is called last
    try:
        main()
        sys.exit(0)
    except SystemExit as ended:
        code[0] = ended.code
        raise


def _end(code: list[object]) -> None:
    import logging

    logging.shutdown()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        os._exit(NOT_WRITTEN)
    os._exit(code[0] if isinstance(code[0], int) else int(code[0] is not None))
