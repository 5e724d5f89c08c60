"""What a run did, as its events say it."""

from __future__ import annotations

from dataclasses import dataclass, field

import dagster as dg


@dataclass
class RunOutcome:
    """What a run did."""

    run_id: str = ""
    success: bool = True
    nothing_new: bool = False
    """True if all was landed, loaded and up to date before it."""
    checks_passed: int = 0
    checks_failed: list[str] = field(default_factory=list)
    """Error-severity checks that did not pass."""
    checks_warned: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """One sentence per step that failed."""

    def take(self, event: dg.DagsterEvent) -> None:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            name = f"{check.asset_key.to_user_string()}: {check.check_name}"
            if check.passed:
                self.checks_passed += 1
            elif check.severity == dg.AssetCheckSeverity.ERROR:
                self.checks_failed.append(name)
            else:
                self.checks_warned.append(f"{name}{_count_of(check)}")
        elif event.is_step_failure:
            self.failures.append(_sentence(event))


def _count_of(check: dg.AssetCheckEvaluation) -> str:
    count = check.metadata.get("dagster_dbt/failed_row_count")
    return f" ({count.value:,} rows)" if count else ""


def _sentence(event: dg.DagsterEvent) -> str:
    """The step's own sentence; of an unexpected error only its kind, since its text may quote values."""
    if is_interrupted(event):
        return f"{event.step_key} was stopped by whoever started it; running again finishes the work."
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error.cause or data.error
    return f"{event.step_key} stopped ({error.cls_name}); see the run in the Dagster UI (make dev)."


def is_interrupted(event: dg.DagsterEvent) -> bool:
    """True if whoever started the run stopped it in this step."""
    return event.is_step_failure and event.step_failure_data.error.cls_name == "DagsterExecutionInterruptedError"
