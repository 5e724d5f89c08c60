"""The five procedures of the sample: how often, for whom, at what price and risk.

Here belong invented but plausible figures. The names people read are in the dbt seed `procedures`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

QUANTILES = 4096


@dataclass(frozen=True)
class Procedure:
    cpt: str
    weight: int
    """Per cent of the patients who mainly come for it."""
    ages: tuple[int, int]
    companion: int
    """Position of the procedure that the same patients have now and then."""
    median_paid: int
    spread: float
    """Standard deviation of the logarithm of the paid amount."""
    adverse_per_mille: int

    def paid_cents(self) -> list[int]:
        """The log-normal paid amounts at evenly spaced quantiles."""
        normal = NormalDist(math.log(self.median_paid * 100), self.spread)
        return [round(math.exp(normal.inv_cdf((step + 0.5) / QUANTILES))) for step in range(QUANTILES)]


PROCEDURES = (
    Procedure("27130", 22, (48, 92), 1, 22_000, 0.35, 40),
    Procedure("27447", 30, (50, 90), 0, 20_500, 0.35, 35),
    Procedure("29888", 17, (14, 48), 3, 9_800, 0.45, 25),
    Procedure("29806", 17, (18, 62), 2, 8_200, 0.45, 30),
    Procedure("24538", 14, (2, 13), 4, 6_900, 0.50, 50),
)
