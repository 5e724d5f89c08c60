"""How many examples a property is tried on: few in CI, always the same; many and fresh with HYPOTHESIS_PROFILE=soak.

With `mutations` they are those of CI, and a failing one is not made smaller.
Every property takes its settings from here.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
IS_SOAK = PROFILE == "soak"


def effort(quick: int, soak: int, *, shrinks: bool = True) -> settings:
    """The settings of a property.

    Args:
        quick: examples in CI.
        soak: examples in one round of `make soak`, whose seed decides them.
        shrinks: False where an example costs seconds and its seed says all.
    """
    return settings(
        max_examples=soak if IS_SOAK else quick,
        derandomize=not IS_SOAK,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if shrinks and PROFILE != "mutations" else [])],
        suppress_health_check=list(HealthCheck),
        print_blob=IS_SOAK,
        report_multiple_bugs=False,
    )
