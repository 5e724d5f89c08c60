"""`healthcare-elt doctor`: what is wrong with this home, and how to mend it."""

from __future__ import annotations

import typer

from healthcare_elt.cli.display import AsJson, print_json, say
from healthcare_elt.cli.errors import USAGE


def doctor(as_json: AsJson = False) -> None:
    """Check configuration, folders, versions, dbt and warehouse; exit 2 if one needs mending."""
    from healthcare_elt.pipeline.doctor import examine

    findings = examine()
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = "ok  " if finding.ok else "mend"
            say(f"{mark}  {finding.subject}: {finding.sentence}", "" if finding.ok else "red")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(USAGE)
