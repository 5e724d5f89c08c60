"""`make dev` in a browser: three days are backfilled from the page, and the graph shows what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from browsing import PATIENCE, Opened, browsing, dagster_ui, needs_browser, opened
from playwright.sync_api import Browser, Page, expect

from healthcare_elt.orchestration import dagster_instance
from healthcare_elt.pipeline.home import Home
from healthcare_elt.sample import write_sample

GROUPS = ("landing", "bronze", "silver", "quarantine", "gold", "features", "curated", "reference", "reports")
FIRST, LAST = "2026-01-02", "2026-01-04"
A_RUN = 300_000
"""Milliseconds that daemon and run may take together on a machine that is busy with other tests."""
CHECK = "plausible_after_birth_fct_encounter_started_at"

pytestmark = [pytest.mark.e2e, needs_browser]


@pytest.fixture(scope="module")
def home(module_home) -> Home:
    """Three days in the inbox, nothing of them taken; a patient is treated before birth."""
    made = module_home("ui")
    inbox = made.settings.inbox
    write_sample(inbox, made.settings.data / "sample_truth.json", days=3, patients=100)
    encounters = inbox / "icon_health" / f"encounters_details_{LAST}.csv"
    (*_, patient, _, _) = encounters.read_text().splitlines()[-1].split(",")
    patients = inbox / "icon_health" / f"patients_{LAST}.csv"
    assert patients.read_text().splitlines()[0] == "patient_id,gender,preferred_language,birth_date"
    with patients.open("a") as file:
        file.write(f"{patient},F,en,2026-06-01\n")
    with dagster_instance(made.settings):
        return made


@pytest.fixture(scope="module")
def url(home: Home) -> Iterator[str]:
    with dagster_ui(home.settings) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def seen(browser: Browser, url: str) -> Iterator[Opened]:
    """An empty page that must show no error and ask nobody else, whatever is done with it."""
    found = opened(browser, base_url=url, viewport={"width": 1600, "height": 950})
    yield found
    assert found.errors == []
    assert [each for each in found.requests if urlsplit(each).hostname not in (None, "", "127.0.0.1")] == []
    found.page.close()


@pytest.fixture
def page(seen: Opened, backfilled: str) -> Page:
    """The same after the backfill."""
    return seen.page


@pytest.fixture(scope="module")
def backfilled(browser: Browser, url: str) -> str:
    """Started by hand, as a user does it, and watched to its end; what its page says then."""
    page = opened(browser, base_url=url, viewport={"width": 1600, "height": 950}).page
    page.goto("/locations/healthcare_elt/jobs/daily_elt")
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Show all partitions").click()
    partitions = dialog.get_by_placeholder("ex: 2015")
    partitions.fill(f"[{FIRST}...{LAST}]")
    partitions.press("Enter")
    expect(dialog.get_by_text("3 partitions")).to_be_visible(timeout=PATIENCE)
    dialog.get_by_role("button", name="Launch backfill").click()
    expect(dialog).to_be_hidden(timeout=PATIENCE)
    page.goto("/runs?tab=backfills")
    page.get_by_role("link", name="View", exact=True).click()
    expect(page.get_by_text("100% completed")).to_be_visible(timeout=A_RUN)
    said = page.locator("body").inner_text()
    page.close()
    return said


def test_a_backfill_of_three_days_starts_and_succeeds_from_the_page_as_one_run(
    page: Page, backfilled: str, home: Home
) -> None:
    targeted, in_progress, succeeded, failed = backfilled.split()[-4:]
    assert (targeted, in_progress, succeeded, failed) == ("3", "0", "3", "0")
    page.goto("/runs")
    expect(page.get_by_text("Success", exact=True)).to_have_count(1, timeout=PATIENCE)
    states = home.ledger.deliveries()
    assert {str(state.delivery_date) for state in states if state.state == "loaded"} == {FIRST, "2026-01-03", LAST}
    assert not [state for state in states if state.state == "landed"]


def test_the_browser_shows_every_layer_of_the_graph_without_errors_and_asks_nobody_else(page: Page) -> None:
    page.goto("/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_visible(timeout=PATIENCE)


def test_an_asset_shows_description_columns_and_rows(page: Page) -> None:
    page.goto("/assets/gold/fct_encounter")
    for words in ("Row count", "An encounter of a patient with a provider", "patient_key", "data-platform"):
        expect(page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)


def test_the_reconciliation_shows_as_a_blocking_check_that_passed(page: Page) -> None:
    page.goto("/assets/silver/icon_health/patients_rows?view=checks")
    for words in ("blocking", "Promise P1", "Passed"):
        expect(page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)


def test_a_failing_check_is_visible_on_its_asset_with_its_meaning_and_its_count(page: Page) -> None:
    page.goto(f"/assets/gold/fct_encounter?view=checks&checkDetail={CHECK}")
    for words in ("Failed", "Nothing happens to a person before birth", "dagster_dbt/failed_row_count"):
        expect(page.get_by_text(words).locator("visible=true").first).to_be_visible(timeout=PATIENCE)


def test_the_report_is_linked_from_its_asset(page: Page, home: Home) -> None:
    page.goto("/assets/reports/report")
    report = home.settings.report
    for words in (str(report), report.as_uri(), f"check warned: gold/fct_encounter {CHECK}"):
        expect(page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)
    assert CHECK in report.read_text()


def test_schedule_and_sensors_are_there_and_off_but_for_the_one_that_ends_killed_runs(page: Page) -> None:
    page.goto("/automation")
    expect(page.get_by_text("daily_elt_schedule").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("delivery_sensor").first).to_be_visible(timeout=PATIENCE)
    # Switches are checkboxes; that of the schedule and those of the other sensors are there and not checked.
    expect(page.locator("input[type=checkbox]:checked")).to_have_count(1, timeout=PATIENCE)
