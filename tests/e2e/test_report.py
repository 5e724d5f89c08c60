"""The report in a browser: complete in itself, without scripts, in every light and width."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import browsing, needs_browser, opened
from playwright.sync_api import Browser, expect
from sample_week import SampleWeek

pytestmark = [pytest.mark.e2e, needs_browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_of_a_run_asks_nobody_for_anything_and_fits_every_window(
    week: SampleWeek, browser: Browser, scheme: str, width: int
) -> None:
    address = week.home.settings.report.as_uri()
    size = {"width": width, "height": 900}
    seen = opened(browser, address, viewport=size, color_scheme=scheme, java_script_enabled=False)
    for words in ("Needs attention", "Deliveries", "Rows", "Quarantine by reason", "Last runs", "Where the time went"):
        expect(seen.page.get_by_role("heading", name=words, exact=True)).to_be_visible()
    assert seen.requests == [address]
    assert seen.said == []
    with_script = opened(browser, address, viewport=size, color_scheme=scheme)
    assert with_script.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    paper, ink = with_script.page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert paper != ink


def test_the_report_says_what_came_of_every_planted_fault(week: SampleWeek, browser: Browser) -> None:
    page = opened(browser, week.home.settings.report.as_uri()).page
    rejected = [state for state in week.states if state.state == "rejected"]
    assert rejected
    for state in rejected:
        line = page.locator("#attention li", has_text=state.delivery_id)
        expect(line).to_contain_text(f"{state.system}.{state.table} of {state.delivery_date}")
    expect(page.locator("rect.rejected")).to_have_count(len({(s.table, s.delivery_date) for s in rejected}))
    classes = page.locator("#rows table", has_text="superseded")
    expect(classes.locator("tr", has_text="icon_health.patients")).to_contain_text("1,021")
    expect(page.get_by_text("paid_amount.min")).to_be_visible()
    expect(page.locator("#runs")).to_contain_text("transform")


def test_the_report_names_no_file(week: SampleWeek) -> None:
    written = week.home.settings.report.read_text()
    assert not [state.name for state in week.states if state.name in written]


def test_the_report_prints_on_paper_in_ink(week: SampleWeek, browser: Browser) -> None:
    page = opened(browser, week.home.settings.report.as_uri(), color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF")
