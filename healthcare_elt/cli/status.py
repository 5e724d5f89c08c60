"""`healthcare-elt status`: what the home holds, without running anything."""

from __future__ import annotations

from healthcare_elt.cli.display import AsJson, print_json, say


def status(as_json: AsJson = False) -> None:
    """Show deliveries, classes of rows, quarantine and dimensions; writes nothing."""
    from healthcare_elt.alerts.book import read_book
    from healthcare_elt.cli.summary import print_summary
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.pipeline.summary import summarize
    from healthcare_elt.settings import load_settings

    home = Home(load_settings())
    summary = summarize(home)
    if as_json:
        print_json(summary)
    else:
        print_summary(home, summary)
        if known := read_book(home.settings).open:
            say(f"Open incidents at the last look: {len(known):,} (`healthcare-elt alerts show`).", "yellow")
