"""How a cost grows: the exponent of what is added to the cost over what is added to the size. Pure functions.

A cost is a fixed part and one that grows. The fixed part is taken from the smallest size that was measured: the
exponent is the slope of log(cost - cost there) by log(size - size there), by least squares. It is 1 where each thing
more costs the same, and near 2 where it costs as many times more as there are things, whatever the fixed part is.
"""

from __future__ import annotations

from collections.abc import Sequence

NOISE = 0.1
"""Of the cost of the smallest size; a size that costs no more than that above it shows no growth."""


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float | None:
    """None if there is no growth above the noise, if it does not rise with the size, or if there is too little to tell.

    Args:
        sizes: rising.
    """
    smallest, fixed = sizes[0], costs[0]
    above = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost - fixed > NOISE * fixed]
    added = [(size - smallest, cost - fixed) for size, cost in above]
    if len(added) < 2:
        return None
    import numpy  # not before: what the measuring process holds counts as held by what it starts

    logs = numpy.log(numpy.array(added))
    slope = float(numpy.polyfit(logs[:, 0], logs[:, 1], 1)[0])
    return slope if slope > 0 else None
