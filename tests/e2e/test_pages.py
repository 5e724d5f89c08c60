"""The report and the dbt documentation in a browser: each is one page that asks nobody for anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Opened, browsing, needs_browser, opened
from playwright.sync_api import Browser, expect
from sample_week import SampleWeek
from typer.testing import CliRunner

from healthcare_elt.cli.app import app
from healthcare_elt.pipeline.home import Home

pytestmark = [pytest.mark.e2e, needs_browser]

A_MODEL = "#!/model/model.healthcare_elt.fct_encounter"
DESCRIPTION = "An encounter of a patient with a provider"


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


def documented(browser: Browser, home: Home, place: str = A_MODEL) -> Opened:
    """The page as `healthcare-elt docs` writes it, opened at a place of it."""
    done = CliRunner().invoke(app, ["--home", str(home.settings.home), "docs"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    seen = opened(browser, home.settings.dbt_docs.as_uri() + place)
    expect(seen.page.get_by_text(DESCRIPTION).first).to_be_visible()
    return seen


def test_the_documentation_is_there_before_the_first_run_and_asks_nobody_for_anything(
    browser: Browser, module_home
) -> None:
    home = module_home("documented")
    seen = documented(browser, home)
    assert seen.requests == [home.settings.dbt_docs.as_uri()]
    assert seen.said == []
    assert not home.settings.warehouse.exists()


def test_the_documentation_begins_with_what_is_in_which_schema(browser: Browser, module_home) -> None:
    home = module_home("documented")
    documented(browser, home)
    seen = opened(browser, home.settings.dbt_docs.as_uri())
    expect(seen.page.get_by_role("heading", name="healthcare_elt")).to_be_visible()
    for schema in ("bronze", "silver", "quarantine", "gold", "features", "curated"):
        expect(seen.page.get_by_role("cell", name=schema, exact=True)).to_be_visible()


def test_the_documentation_of_a_home_shows_types_and_lineage_and_no_row_and_no_folder(
    week: SampleWeek, browser: Browser
) -> None:
    seen = documented(browser, week.home, f"{A_MODEL}?g_v=1")
    expect(seen.page.get_by_text("VARCHAR").first).to_be_visible()
    expect(seen.page.get_by_text("Lineage Graph")).to_be_visible()
    expect(seen.page.locator("canvas").first).to_be_visible()
    assert seen.requests == [week.home.settings.dbt_docs.as_uri()]
    assert seen.said == []
    written = week.home.settings.dbt_docs.read_text()
    assert str(week.home.settings.home) not in written
    (patient, *_) = week.rows("select patient_id from silver.icon_health__patients limit 1")
    assert patient["patient_id"] not in written


def test_the_browser_itself_refuses_what_the_page_might_ask_for(week: SampleWeek, browser: Browser) -> None:
    seen = documented(browser, week.home)
    loaded = seen.page.evaluate(
        "new Promise(done => { const image = new Image(); image.onload = () => done(true); "
        "image.onerror = () => done(false); image.src = 'http://127.0.0.1:9/tracker.gif'; })"
    )
    assert not loaded
    assert any("Content Security Policy" in each for each in seen.said)
