"""Taking a build up where it failed, by `dbt retry`.

Here belongs knowing whether the build that is wanted is the one that failed last: the same nodes, of the same code,
from the same deliveries. dbt then builds what failed and what waited for it, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from healthcare_elt.settings import Settings
from healthcare_elt.transform.build import DbtFailed

MARK = "attempt.json"
RESULTS = "run_results.json"
"""What dbt writes at the end of a build."""


@contextmanager
def attempt(settings: Settings, wanted: dict[str, Any]) -> Iterator[str]:
    """Within this, a build by the dbt command that is given: `retry` if it is the one that failed last, else `build`.

    Only a build that has failed is taken up: of one that was stopped dbt notes nothing but what it had done by then.
    """
    mark, results = (settings.dbt_target_path / name for name in (MARK, RESULTS))
    text = json.dumps(wanted, sort_keys=True)
    same = results.exists() and mark.exists() and mark.read_text() == text
    mark.unlink(missing_ok=True)
    if not same:
        results.unlink(missing_ok=True)
    try:
        yield "retry" if same else "build"
    except DbtFailed:
        mark.write_text(text)
        raise
