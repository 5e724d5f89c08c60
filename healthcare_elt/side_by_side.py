"""Several things at once, in bounded time: what hangs keeps nothing else waiting.

Here belongs the waiting alone. A thing that is not done in time is left to end by itself, and its result is not used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def side_by_side(work: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | Exception]:
    """What each gave, or the error that it raised: TimeoutError if it was not done in time.

    Args:
        seconds: for all together.
    """
    done: dict[str, T | Exception] = {}

    def do(name: str) -> None:
        try:
            done[name] = work[name]()
        except Exception as error:
            done[name] = error

    threads = [Thread(target=do, args=(name,), daemon=True) for name in work]
    end = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return {name: done.get(name, TimeoutError()) for name in work}
