"""Taking a build up where it failed, by `dbt retry`.

Here belongs knowing whether the build that is wanted is the one that failed last: the same nodes, of the same code,
from the same deliveries. dbt then builds what failed and what waited for it, and nothing else.
"""

from __future__ import annotations

import json
from typing import Any

from healthcare_elt.settings import Settings

MARK = "attempt.json"
RESULTS = "run_results.json"
"""What dbt writes at the end of a build, failed or not; a killed one leaves none."""


def begin(settings: Settings, wanted: dict[str, Any]) -> str:
    """The dbt command for a build: `retry` if it is the one that failed last, else `build`."""
    mark, results = (settings.dbt_target_path / name for name in (MARK, RESULTS))
    text = json.dumps(wanted, sort_keys=True)
    if results.exists() and mark.exists() and mark.read_text() == text:
        return "retry"
    results.unlink(missing_ok=True)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(text)
    return "build"


def end(settings: Settings) -> None:
    """All was built: the next build is another one."""
    (settings.dbt_target_path / MARK).unlink(missing_ok=True)
