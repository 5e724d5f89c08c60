"""`make mutations`: each mistake of `mutations` is made in a copy of this checkout, and its test must fail there.

Here belongs the copying and the judging. A test that breaks down instead of finding a difference has caught nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from mutations import MUTATIONS, PROJECT, Mutation

COPIED = ("healthcare_elt", "dbt_healthcare_elt", "dbt_project", "tests", "pyproject.toml")
CAUGHT = "caught"


def main() -> int:
    for mutation in MUTATIONS:
        with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
            copy(mutation, Path(folder))
    uncaught = 0
    for mutation in MUTATIONS:
        verdict = check(mutation)
        uncaught += verdict != CAUGHT
        print(f"{verdict:8}  {mutation.name:58}  {mutation.test.split('::')[-1]}", flush=True)
    print(f"{len(MUTATIONS) - uncaught} of {len(MUTATIONS)} mutations caught.")
    return 1 if uncaught else 0


def copy(mutation: Mutation, folder: Path) -> None:
    """This checkout with the mistake in it, and nothing of its homes."""
    for name in COPIED:
        if (PROJECT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
            shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(PROJECT / name, folder / name)
    mutation.apply(folder)


def check(mutation: Mutation) -> str:
    """How its test ended: caught, survived, or broken."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        copy(mutation, folder)
        report = folder / "report.xml"
        options = ["-x", "-p", "no:cacheprovider", f"--junitxml={report}", f"--basetemp={folder}/homes"]
        # Before the checkout that is installed: the copy's own package and dbt project.
        environment = os.environ | {"PYTHONPATH": str(folder), "HYPOTHESIS_PROFILE": "mutations"}
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, mutation.test],
            cwd=folder, env=environment, capture_output=True, check=False,
        )  # fmt: skip
        return _verdict(report)


def _verdict(report: Path) -> str:
    suite = ElementTree.parse(report).find("testsuite") if report.exists() else None
    if suite is None or suite.find("testcase") is None or suite.find(".//error") is not None:
        return "broken"
    failures = [failure.get("message", "") for failure in suite.iter("failure")]
    if not failures:
        return "survived"
    return CAUGHT if failures[0].startswith(("AssertionError", "assert ")) else "broken"


if __name__ == "__main__":
    sys.exit(main())
