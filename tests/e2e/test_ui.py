"""`make dev` in a browser: the graph after a run, with nothing fetched from elsewhere."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

PROJECT = Path(__file__).parents[2]
DG = Path(sys.executable).with_name("dg")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
GROUPS = ("landing", "bronze", "silver", "quarantine", "gold", "features", "curated", "reference")
PATIENCE = 60_000
"""Milliseconds that a page may take on a machine that is busy with other tests."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def url(week) -> Iterator[str]:
    """Where `dg dev` serves the home in which the sample week was run."""
    port, home = free_port(), week.home.settings
    environment = os.environ | {
        "HEALTHCARE_ELT_HOME": str(home.home),
        "DAGSTER_HOME": str(home.dagster_home),
        "PYTHONUNBUFFERED": "1",
    }
    server = subprocess.Popen(
        [DG, "dev", "--port", str(port)],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if f":{port}" in line and "Serving" in line:
                break
        else:
            pytest.fail(f"dg dev ended: {''.join(said)}")
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(server)


def _end(server: subprocess.Popen) -> None:
    """The server and what it started, by their process group."""
    for each in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, each)
            server.communicate(timeout=20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


@pytest.fixture
def page(url: str) -> Iterator[Page]:
    """A page that remembers errors on its console and requests to elsewhere."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_page(viewport={"width": 1600, "height": 950}, base_url=url)
        opened.set_default_timeout(PATIENCE)
        opened.errors, opened.elsewhere = [], []
        opened.on("console", lambda told: opened.errors.append(told.text) if told.type == "error" else None)
        opened.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.on("request", lambda request: _note(opened, request.url))
        yield opened
        browser.close()


def _note(page: Page, address: str) -> None:
    if urlsplit(address).hostname not in (None, "", "127.0.0.1", "localhost"):
        page.elsewhere.append(address)


def test_the_browser_shows_every_layer_of_the_graph_without_errors_and_asks_nobody_else(page: Page) -> None:
    page.goto("/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_visible(timeout=PATIENCE)
    assert page.errors == []
    assert page.elsewhere == []


def test_an_asset_shows_description_columns_and_rows(page: Page) -> None:
    page.goto("/assets/gold/fct_encounter")
    for words in ("Row count", "An encounter of a patient with a provider", "patient_key", "data-platform"):
        expect(page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)
    assert page.errors == []


def test_the_reconciliation_shows_as_a_blocking_check_that_passed(page: Page) -> None:
    page.goto("/assets/silver/icon_health/patients_rows?view=checks")
    for words in ("blocking", "Promise P1", "Passed"):
        expect(page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)
    assert page.errors == []


def test_schedule_and_sensors_are_there_and_off_but_for_the_one_that_ends_killed_runs(page: Page) -> None:
    page.goto("/automation")
    expect(page.get_by_text("daily_elt_schedule").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("delivery_sensor").first).to_be_visible(timeout=PATIENCE)
    # Switches are checkboxes; that of the schedule and those of the other sensors are there and not checked.
    expect(page.locator("input[type=checkbox]:checked")).to_have_count(1)
    assert page.errors == []
