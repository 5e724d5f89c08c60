"""Takes docs/images/lineage.png from a running Dagster UI.

make run && make dev        in one terminal
.venv/bin/python docs/screenshot.py        in another
"""

from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
IMAGE = Path(__file__).parent / "images" / "lineage.png"
EXPANDED = ("landing", "curated", "features")
SIZE = {"width": 1600, "height": 950}
TO_THE_MIDDLE = (110, 20)
"""How far the graph is dragged, in pixels, after Dagster has fitted it beside its list of assets."""


def lineage(page: Page, url: str) -> None:
    """Show the global lineage: groups as boxes, those in EXPANDED with their assets."""
    page.add_init_script("localStorage.setItem('dagster-nav-collapsed', 'true')")
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:3000")
    parser.add_argument("--to", type=Path, default=IMAGE)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        lineage(page, options.url)
        page.screenshot(path=options.to)
        browser.close()


if __name__ == "__main__":
    main()
