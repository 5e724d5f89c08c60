"""The providers: their numbers, names and procedures, and where they practise on a day.

Here belongs the directory's content. How it is delivered is in `providers`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from healthcare_elt.contracts.formats import NPI_PREFIX, luhn_is_valid
from healthcare_elt.sample.numbers import Draws
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.procedures import PROCEDURES

TWO_LINED = 5
"""The provider whose name holds a newline, unless the sample is clean."""
CORRECTED = 9
"""The provider whose zip the corrected delivery changes."""
_ACCENTED = "Clínica Río"
_ACCENTED_EVERY = 16
_GONE_EVERY = 14
_PLACES = (
    "Northgate", "Lakeview", "Cedar Hill", "Stonebridge", "Fairmont", "Bayside", "Willow Creek", "Summit",
    "Prairie", "Eastfield", "Ironwood", "Harbor", "Maple Grove",
)  # fmt: skip
_KINDS = ("Orthopedics", "Joint Center", "Sports Medicine", "Bone and Spine", "Surgical Group")


class Directory:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._draws = Draws(plan.seed)
        everyone = np.arange(plan.providers)
        self.npis = [self.npi(number) for number in range(plan.providers)]
        self.names = [self._name(number) for number in range(plan.providers)]
        self.zips: list[int] = (10_000 + self._draws.below("practice", everyone, 89_000)).tolist()
        self._by_procedure = [everyone[_performs(everyone, each)] for each in range(len(PROCEDURES))]
        self.price_percent = 80 + self._draws.below("price", everyone, 46)
        self.risk_percent = 40 + self._draws.below("risk", everyone, 141)

    def npi(self, number: int) -> str:
        """A valid NPI for any number; those from `plan.providers` on are in no directory."""
        # The factor has no common divisor with 10**8, so that no two numbers meet.
        tail = (number * 61_803_399 + self._draws.one("npi", 0, 10**8)) % 10**8
        body = f"{2 if number % 9 == 8 else 1}{tail:08d}"
        return body + next(digit for digit in "0123456789" if luhn_is_valid(NPI_PREFIX + body + digit))

    def _name(self, number: int) -> str:
        if number == TWO_LINED and not self._plan.clean:
            return f"Harbor Spine\nand Joint {number + 1:03d}"
        if number % _ACCENTED_EVERY == 3:
            return f"{_ACCENTED} {number + 1:03d}"
        kind = _KINDS[number // len(_PLACES) % len(_KINDS)]
        return f"{_PLACES[number % len(_PLACES)]} {kind} {number + 1:03d}"

    def move(self, day: int) -> None:
        """Some providers have moved by this day; to be called once for each day, in order."""
        for mover in range(max(1, self._plan.providers // 200) if day > 1 else 0):
            self.relocate(self._draws.one(f"mover {day}", mover, self._plan.providers), f"{day} {mover}")

    def relocate(self, provider: int, occasion: str) -> None:
        new = 10_000 + self._draws.one(f"move {occasion}", provider, 88_999)
        self.zips[provider] = new + (new >= self.zips[provider])

    def absent(self, day: int) -> int | None:
        """The provider that is missing from the directory on this day only; never on the last day."""
        if day % _GONE_EVERY != 2 or day >= self._plan.days:
            return None
        return (7 + day // _GONE_EVERY) % self._plan.providers

    def performers(self, procedures: NDArray[np.int64], numbers: NDArray[np.int64], day: int) -> NDArray[np.int64]:
        """Who performs each encounter: providers with a small number are the busy ones."""
        absent = self.absent(day)
        chosen = np.empty_like(numbers)
        for procedure, performers in enumerate(self._by_procedure):
            here = procedures == procedure
            candidates = performers[performers != absent] if absent is not None else performers
            first, second = (self._draws.below(f"provider {draw}", numbers[here], len(candidates)) for draw in (1, 2))
            chosen[here] = candidates[np.minimum(first, second)]
        return chosen


def wrong_check_digit(npi: str) -> str:
    return npi[:-1] + str((int(npi[-1]) + 1) % 10)


def _performs(providers: NDArray[np.int64], procedure: int) -> NDArray[np.bool_]:
    """Each provider performs two of the five."""
    count = len(PROCEDURES)
    first = providers % count
    second = (first + 1 + providers // count % (count - 1)) % count
    return (first == procedure) | (second == procedure)
