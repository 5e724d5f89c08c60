"""Where the time of a run goes, by part: a sampled run of `healthcare-elt run` as a Markdown table and a flame graph.

Here belongs naming the parts. It needs py-spy (`pip install py-spy`, no part of the product), and counts the samples of
each thread that holds the interpreter, which is what a run on small data waits for. What DuckDB
computes beside it is not in the table: it is the `execution_time` of a node in data/dbt/run_results.json.

    HEALTHCARE_ELT_HOME=/some/home .venv/bin/python -m benchmarks.parts flame.svg > parts.md
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from benchmarks.flame import flame

SAMPLES_PER_SECOND = "200"
PARTS = {
    "importing modules": r"exec_module|_find_and_load",
    "dbt reads the project": r"^prepare_manifest|^_parse \(healthcare_elt",
    "the manifest for a build": r"^read_manifest|^setup_manifest",
    "rows and columns of what was built": r"^_built ",
    "dbt: what a node's SQL is": r"^Compiler\.compile_node",
    "dbt: events and its log": r"^fire_event",
    "dbt: statements": r"^SQLConnectionManager\.execute|^DuckDBCursorWrapper\.execute",
    "dbt: the rest of a node": r"^worker \(multiprocessing",
    "dbt: selecting and starting": r"^_invoke \(healthcare_elt",
    "Dagster: storing events": r"store_event ",
    "Dagster: data versions of inputs": r"DataVersionCache",
    "Dagster: the definitions": r"^build_definitions",
    "landing": r"^land_deliveries|healthcare_elt/pipeline/land",
    "loading bronze": r"^load_deliveries|healthcare_elt/pipeline/load",
    "what silver tells the ledger": r"healthcare_elt/pipeline/transform",
    "health checks": r"health_checks|pipeline/health",
    "the report": r"healthcare_elt/report|defs/report",
    "Dagster: executing": r"^core_execute_in_process",
}
"""A pattern of the names of functions and files for each part; a stack belongs to the first that it matches."""
OTHER = "everything else"


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("Name the file for the flame graph: python -m benchmarks.parts flame.svg")
    command = [str(Path(sys.executable).with_name("healthcare-elt")), "run"]
    stacks = [(*part_of(frames), samples) for frames, samples in stacks_of(command)]
    Path(sys.argv[1]).write_text(flame("Python's work in a run, by part", stacks))
    counts: Counter[str] = Counter()
    for part, _, samples in stacks:
        counts[part] += samples
    total = sum(counts.values())
    print("| part | samples | share |\n| --- | --- | --- |")
    for part, samples in counts.most_common():
        print(f"| {part} | {samples:,} | {samples / total:.1%} |")


def stacks_of(command: list[str]) -> Iterator[tuple[list[str], int]]:
    """Each stack of the command's threads, outermost function first, and how often it held the interpreter."""
    spy = which("py-spy")
    if not spy:
        sys.exit("py-spy is not on the PATH; install it with pip, outside of .venv, and run again.")
    with TemporaryDirectory() as folder:
        samples = Path(folder, "samples")
        options = ["--gil", "--rate", SAMPLES_PER_SECOND, "--format", "raw", "--output", str(samples)]
        subprocess.run([spy, "record", *options, "--", *command], check=True, stdout=sys.stderr)
        for line in samples.read_text().splitlines():
            stack, _, number = line.rpartition(" ")
            yield stack.split(";"), int(number)


def part_of(frames: list[str]) -> tuple[str, list[str]]:
    """The part that a stack belongs to, and its frames from the one by which that is known."""
    for part, pattern in PARTS.items():
        first = next((place for place, frame in enumerate(frames) if re.search(pattern, frame)), None)
        if first is not None:
            return part, frames[first:]
    return OTHER, frames


if __name__ == "__main__":
    main()
