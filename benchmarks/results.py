"""What was measured, a JSON file for each part in benchmarks/results, so that a part can be measured again alone."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.runners import BENCHMARKS

FOLDER = BENCHMARKS / "results"


def write(name: str, result: dict[str, Any]) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(result, indent=1))


def read(kind: str) -> dict[str, dict[str, Any]]:
    """Of all files `<kind>-<name>.json`, by name."""
    files = sorted(FOLDER.glob(f"{kind}-*.json"))
    return {file.stem.removeprefix(f"{kind}-"): json.loads(file.read_text()) for file in files}
