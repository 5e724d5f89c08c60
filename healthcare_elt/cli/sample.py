"""`healthcare-elt sample`: deliveries to try the platform with."""

from __future__ import annotations

from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, print_json, say


def sample(
    days: Annotated[int, typer.Option(min=1, max=366, help="Delivery dates to write.")] = 7,
    patients: Annotated[int, typer.Option(min=20, help="Patients over all days.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    clean: Annotated[bool, typer.Option("--clean", help="Without faults.")] = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing in a home that was given a file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write deterministic deliveries of icon_health into the inbox, faults and all."""
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.sample import write_sample
    from healthcare_elt.settings import load_settings

    home = Home(load_settings())
    settings = home.settings
    if if_empty and _was_given_a_file(home):
        return
    truth = settings.data / "sample_truth.json"
    summary = write_sample(settings.inbox, truth, days=days, patients=patients, seed=seed, clean=clean)
    if as_json:
        print_json(summary)
        return
    say(
        f"Wrote {summary.files:,} deliveries with {summary.rows:,} rows ({summary.bytes / 1e6:,.1f} MB) to "
        f"{settings.inbox}; what each holds is in {truth}."
    )


def _was_given_a_file(home) -> bool:
    """What others delivered is not mixed with the sample, also if the inbox was cleared after it was landed."""
    inbox = home.settings.inbox
    return any(path.is_file() for path in inbox.rglob("*")) or any(True for _ in home.ledger.brief())
