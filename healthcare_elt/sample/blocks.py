"""Ranges cut into blocks: what keeps memory from growing with the sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

BLOCK = 2_000


def blocks(numbers: range) -> Iterator[NDArray[np.int64]]:
    for start in range(numbers.start, numbers.stop, BLOCK):
        yield np.arange(start, min(start + BLOCK, numbers.stop))


def with_planted(lines: Iterable[list[str]], planted: list[str]) -> Iterator[list[str]]:
    """The planted lines in the middle of the first block, where a reader does not look first or last."""
    for block in lines:
        half = len(block) // 2
        yield [*block[:half], *planted, *block[half:]]
        planted = []
    yield planted
