"""Takes the pictures of docs/images from a running Dagster UI and the report of its home.

The home needs a backfill that was started from the page, an encounter before its patient's birth, and a table that
drifts:

    make .venv/.installed-dev                  once: playwright, and chromium from the system
    make dev                                   in one terminal
    .venv/bin/python docs/screenshot.py        in another
"""

from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from healthcare_elt.settings import load_settings

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
IMAGES = Path(__file__).parent / "images"
EXPANDED = ("curated", "reports")
SIZE = {"width": 1600, "height": 950}
SMALL = {"width": 1200, "height": 700}
"""For pages with little on them, so that their words are readable in the README."""
TO_THE_MIDDLE = (40, 10)
"""How far the graph is dragged, in pixels, after Dagster has fitted it beside its list of assets."""
CHECK = "plausible_after_birth_fct_encounter_started_at"


def lineage(page: Page, url: str) -> None:
    """Show the global lineage: groups as boxes, those in EXPANDED with their assets."""
    groups = ",".join(f"global@global:{group}" for group in EXPANDED)
    page.goto(f"{url}/asset-groups?{urlencode({'expanded': groups})}")
    page.get_by_text("referral_options").first.wait_for()
    page.locator("button:has([aria-label='panel_show_right'])").first.click()
    page.locator("button:has([aria-label='zoom_out'])").first.click()
    page.wait_for_timeout(2000)  # the zoom is animated
    across, down = TO_THE_MIDDLE
    page.mouse.move(1300, 300)
    page.mouse.down()
    page.mouse.move(1300 + across, 300 + down, steps=10)
    page.mouse.up()
    page.mouse.move(5, 940)
    page.wait_for_timeout(4000)  # statuses are fetched one by one


def backfill(page: Page, url: str) -> None:
    """Show the dialog in which a range of delivery dates becomes one run, as it is just before it is launched."""
    page.set_viewport_size(SMALL)
    page.goto(f"{url}/locations/healthcare_elt/jobs/daily_elt")
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Show all partitions").click()
    partitions = dialog.get_by_placeholder("ex: 2015")
    partitions.fill("[2026-01-02...2026-01-04]")
    partitions.press("Enter")
    dialog.get_by_text("3 partitions").wait_for()
    page.wait_for_timeout(1000)


def backfilled(page: Page, url: str) -> None:
    """Show how the last backfill ended."""
    page.set_viewport_size({"width": 1200, "height": 340})
    page.goto(f"{url}/runs?tab=backfills")
    page.get_by_role("link", name="View", exact=True).first.click()
    page.get_by_text("100% completed").wait_for()
    page.wait_for_timeout(1000)


def failed_check(page: Page, url: str) -> None:
    """Show a check that did not pass, on its asset."""
    page.set_viewport_size(SMALL)
    page.goto(f"{url}/assets/gold/fct_encounter?{urlencode({'view': 'checks', 'checkDetail': CHECK})}")
    page.get_by_text("dagster_dbt/failed_row_count").first.wait_for()
    page.wait_for_timeout(1000)


def report(page: Page, _: str) -> None:
    """Show the first screen of the home's report."""
    page.set_viewport_size({"width": 1200, "height": 1000})
    page.goto(load_settings().report.as_uri())


def drift(page: Page, _: str) -> None:
    """Show what the report says of health and drift."""
    page.set_viewport_size({"width": 1200, "height": 740})
    page.goto(load_settings().report.as_uri())
    page.locator("#health").evaluate("element => element.scrollIntoView()")


SHOTS = {
    "lineage": lineage,
    "backfill": backfill,
    "backfilled": backfilled,
    "failed_check": failed_check,
    "report": report,
    "drift": drift,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:3000")
    parser.add_argument("--to", type=Path, default=IMAGES)
    parser.add_argument("shots", nargs="*", choices=[*SHOTS, []], help="all if none is named")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in options.shots or SHOTS:
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.add_init_script("localStorage.setItem('dagster-nav-collapsed', 'true')")
            SHOTS[name](page, options.url)
            page.screenshot(path=options.to / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
