"""What was measured, a JSON file for each part in benchmarks/results, so that a part can be measured again alone.

What is recorded there stays when less is measured, such as one round to see whether a change helps: that is written
into a folder beside it, which the document knows nothing of.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.runners import BENCHMARKS

FOLDER = BENCHMARKS / "results"
LESS = "less"
MEASURED = ("figures", "costs", "points")
"""Where a result holds what was measured: by runner, by command, or a list of sizes."""


def write(name: str, result: dict[str, Any], tell=print) -> None:
    """Record it, and if more is recorded already, beside that; whoever wants it in its place moves the file."""
    file = FOLDER / f"{name}.json"
    if file.exists() and is_less(result, json.loads(file.read_text())):
        file = FOLDER / LESS / file.name
        tell(f"Less than what is recorded, so it is in {file.relative_to(FOLDER.parent)}.", flush=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1))


def is_less(result: dict[str, Any], recorded: dict[str, Any]) -> bool:
    """Fewer rounds, fewer ways, commands or sizes, or something smaller."""
    return (
        result.get("rounds", 0) < recorded.get("rounds", 0)
        or any(result["size"].get(what, size) < size for what, size in recorded.get("size", {}).items())
        or any(len(result[kind]) < len(recorded[kind]) for kind in MEASURED if kind in result)
        or max(_sizes(result), default=0) < max(_sizes(recorded), default=0)
    )


def _sizes(result: dict[str, Any]) -> list[int]:
    return [point["size"] for point in result.get("points", ())]


def read(kind: str) -> dict[str, dict[str, Any]]:
    """Of all files `<kind>-<name>.json`, by name."""
    files = sorted(FOLDER.glob(f"{kind}-*.json"))
    return {file.stem.removeprefix(f"{kind}-"): json.loads(file.read_text()) for file in files}
