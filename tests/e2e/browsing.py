"""A browser that remembers what a page asked for and complained about.

Here belongs opening pages and serving homes to them; what must be seen there is in the tests.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from healthcare_elt.settings import Settings

PROJECT = Path(__file__).parents[2]
DG = Path(sys.executable).with_name("dg")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE = 60_000
"""Milliseconds that a page may take on a machine that is busy with other tests."""

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")


@dataclass
class Opened:
    """A page with all that it requested and said on its console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """Every message, as `error: …` or `warning: …`, and every exception."""

    @property
    def errors(self) -> list[str]:
        return [each for each in self.said if each.startswith("error: ")]


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def opened(browser: Browser, address: str = "", **context: object) -> Opened:
    """A page of a browser context of its own."""
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(PATIENCE)
    watched = Opened(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("console", lambda message: watched.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: watched.said.append(f"error: {error}"))
    if address:
        page.goto(address)
    return watched


@contextmanager
def dagster_ui(home: Settings) -> Iterator[str]:
    """The address where `dg dev` serves the home, with its daemon."""
    port = _free_port()
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
        Thread(target=server.stdout.read, daemon=True).start()  # a full pipe would stop the server
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(server)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _end(server: subprocess.Popen) -> None:
    """The server and what it started, by their process group."""
    for each in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, each)
            server.wait(timeout=20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
