"""How a cost grows: the exponent of what is added to the cost over what is added to the size. Pure functions.

A cost is a fixed part and one that grows. The fixed part is taken from the smallest size that was measured: the
exponent is the slope of log(cost - cost there) by log(size - size there), by least squares. It is 1 where each thing
more costs the same, and near 2 where it costs as many times more as there are things, whatever the fixed part is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy

NOISE = 0.1
"""Of the cost of the smallest size; a size that costs no more than that above it shows no growth."""


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float | None:
    """None if there is no growth above the noise, if it does not rise with the size, or if there is too little to tell.

    Args:
        sizes: rising.
    """
    added = _above_noise(sizes, costs)
    if len(added) < 2:
        return None
    logs = numpy.log(numpy.array(added))
    slope = float(numpy.polyfit(logs[:, 0], logs[:, 1], 1)[0])
    return slope if slope > 0 else None


def least_exponent(sizes: Sequence[float], costs: Sequence[float]) -> float | None:
    """The least that the exponent can be where the largest size alone is above the noise: the one before it is below.

    None where `exponent` tells, and where nothing is above the noise.

    Args:
        sizes: rising, three or more.
    """
    added = _above_noise(sizes, costs)
    if len(added) != 1 or len(sizes) < 3 or costs[-1] != max(costs):
        return None
    most_before = NOISE * costs[0]
    return math.log(added[0][1] / most_before) / math.log((sizes[-1] - sizes[0]) / (sizes[-2] - sizes[0]))


def _above_noise(sizes: Sequence[float], costs: Sequence[float]) -> list[tuple[float, float]]:
    """What each size adds to the smallest, and what its cost adds, where that is more than noise."""
    smallest, fixed = sizes[0], costs[0]
    above = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost - fixed > NOISE * fixed]
    return [(size - smallest, cost - fixed) for size, cost in above]
