"""What Dagster remembers of the last runs, in words of our own.

Here belongs the form only: `defs.history` fills it, the page shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from healthcare_elt.alerts.incident import Incident
from healthcare_elt.warehouse.cost import Cost

CheckResult = Literal["passed", "warned", "failed"]


@dataclass(frozen=True)
class CheckName:
    """A check by the asset that it looks at (`gold/dim_patient`) and its own name."""

    asset: str
    check: str


@dataclass(frozen=True)
class Run:
    """One run, finished or not."""

    run_id: str
    job: str
    status: str
    """Dagster's word in lower case: success, failure, started, …"""
    started: datetime | None
    seconds: float | None
    """None while it is running."""
    dates: str
    """Delivery dates that it was for; empty if for none in particular."""
    failed_steps: tuple[str, ...] = ()
    checks: dict[CheckName, CheckResult] = field(default_factory=dict)

    def count(self, result: CheckResult) -> int:
        return sum(each == result for each in self.checks.values())


@dataclass(frozen=True)
class Timed:
    """What took how long, in seconds."""

    name: str
    seconds: float


@dataclass(frozen=True)
class History:
    """The last runs, newest first, and where the time of the last one that built something went."""

    runs: tuple[Run, ...] = ()
    timed_run: str = ""
    """The run that `steps`, `slowest` and `cost` are of; empty if there is none."""
    steps: tuple[Timed, ...] = ()
    slowest: tuple[Timed, ...] = ()
    """Models and checks, slowest first."""
    cost: Cost | None = None
    """What its statements cost; None where nobody charges for them."""
    incidents: tuple[Incident, ...] = ()
    """Failed runs whose work nobody has done since, and checks that did not pass when they last looked; of all time."""

    def latest_checks(self) -> dict[CheckName, CheckResult]:
        """The last verdict of every check that one of these runs has looked at."""
        found: dict[CheckName, CheckResult] = {}
        for run in self.runs:
            found = run.checks | found
        return found

    def troubled_checks(self) -> list[CheckName]:
        """Checks that one of these runs did not pass, those that stand worst now first."""
        order = {"failed": 0, "warned": 1, "passed": 2}
        latest = self.latest_checks()
        troubled = {name for run in self.runs for name, result in run.checks.items() if result != "passed"}
        return sorted(troubled, key=lambda name: (order[latest[name]], name.asset, name.check))
