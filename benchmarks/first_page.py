"""`dg dev` until it answers with its first page and has loaded the definitions: the platform, and an empty project.

The empty project is what `create-dagster project` scaffolds, as far as `dg dev` reads it: a `pyproject.toml`, a module
of definitions, a folder for them. Here belongs starting, asking and ending the server.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from benchmarks.process import Cost, cpu_of_family, held_by_family, start
from benchmarks.runners import OURS, ROOT, Command

PATIENCE_SECONDS = 180
ASK_SECONDS = 0.05
ENTRIES = """{
    workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename } } } }
}"""
PYPROJECT = """[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "empty_project"

[tool.dg.cli]
suppress_warnings = ["project_and_activated_venv_mismatch"]
"""
DEFINITIONS = """from pathlib import Path

from dagster import definitions, load_from_defs_folder


@definitions
def defs():
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


def platform(home: Path) -> Command:
    """The platform's `dg dev` in that home, as `make dev` starts it."""
    return _dg_dev(home, ROOT, {"HEALTHCARE_ELT_HOME": str(home)})


def empty_project(folder: Path) -> Command:
    """Makes the project and returns its `dg dev`."""
    module = folder / "src" / "empty_project"
    (module / "defs").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (module / "definitions.py").write_text(DEFINITIONS)
    for package in (module, module / "defs"):
        (package / "__init__.py").touch()
    return _dg_dev(folder, folder, {"PYTHONPATH": str(folder / "src")})


def _dg_dev(home: Path, folder: Path, environment: dict[str, str]) -> Command:
    dagster_home = home / ".dagster"
    dagster_home.mkdir(exist_ok=True)
    environment |= {"DAGSTER_HOME": str(dagster_home), "PATH": f"{OURS}{os.pathsep}{os.environ['PATH']}"}
    return Command((str(OURS / "dg"), "dev", "--port", str(_free_port())), environment, folder)


def cost_to_first_page(command: Command) -> Cost:
    """What the server and all its processes cost until the page is there.

    Raises:
        RuntimeError: it ended, its definitions are wrong, or it took longer than PATIENCE_SECONDS.
    """
    address = f"http://127.0.0.1:{command.arguments[-1]}"
    began = time.perf_counter()
    server = start(command, subprocess.DEVNULL, own_session=True)
    try:
        while not _is_there(address):
            if server.poll() is not None or time.perf_counter() - began > PATIENCE_SECONDS:
                raise RuntimeError(f"{' '.join(command.arguments)} in {command.folder} showed no page.")
            time.sleep(ASK_SECONDS)
        wall = time.perf_counter() - began
        return Cost(wall, cpu_of_family(server.pid), held_by_family(server.pid) / 1e6)
    finally:
        _end(server)


def _is_there(address: str) -> bool:
    """RuntimeError if the definitions could not be loaded."""
    with suppress(OSError):
        with urllib.request.urlopen(address) as page:
            page.read()
        question = json.dumps({"query": ENTRIES}).encode()
        asked = urllib.request.Request(f"{address}/graphql", question, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked) as told:
            entries = json.load(told)["data"]["workspaceOrError"]["locationEntries"]
        if any((each["locationOrLoadError"] or {}).get("__typename") == "PythonError" for each in entries):
            raise RuntimeError("The definitions could not be loaded; run `dg check defs` to see why.")
        return bool(entries) and all(each["loadStatus"] == "LOADED" for each in entries)
    return False


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _end(server: subprocess.Popen) -> None:
    """The server and what it started, by their process group."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(server.pid, each)
            server.wait(timeout=20)
