"""Random numbers that can be asked for in any order.

Here belongs only arithmetic. A number is a function of seed, stream and index, so nothing is remembered
between blocks, and only integers are used, so that every machine gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Draws:
    """The random numbers of one seed; `stream` names what they are for."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def below(self, stream: str, index: ArrayLike, limit: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole numbers from 0 to `limit` - 1, evenly; `limit` stays below 2**32."""
        high = _bits(self._seed, stream, index) >> _HALF
        return ((high * np.asarray(limit, dtype=np.uint64)) >> _HALF).astype(np.int64)

    def weighted(self, stream: str, index: ArrayLike, weights: Sequence[int]) -> NDArray[np.int64]:
        """Positions in `weights`, each as often as its weight says."""
        steps = list(accumulate(weights))
        return np.searchsorted(steps, self.below(stream, index, steps[-1]), side="right")

    def one(self, stream: str, index: int, limit: int) -> int:
        return int(self.below(stream, [index], limit)[0])


def _bits(seed: int, stream: str, index: ArrayLike) -> NDArray[np.uint64]:
    """SplitMix64, started at a place that seed and stream decide."""
    numbers = np.asarray(index, dtype=np.uint64).reshape(-1)
    z = numbers * _GOLDEN + _start(seed, stream)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@lru_cache(maxsize=256)
def _start(seed: int, stream: str) -> np.uint64:
    digest = blake2b(f"{seed}/{stream}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big"))
