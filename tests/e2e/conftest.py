"""The sample week, run once for every test that looks at it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from sample_week import SampleWeek

from healthcare_elt.pipeline.home import Home
from healthcare_elt.sample import write_sample
from healthcare_elt.settings import load_settings

RUN = [sys.executable, "-c", "from healthcare_elt.cli import main; main()", "run", "--json"]


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> SampleWeek:
    """Taken through the whole graph by the command line."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HEALTHCARE_ELT_HOME", str(tmp_path_factory.mktemp("week")))
        environment.setenv("HEALTHCARE_ELT_SETTLE_SECONDS", "0")
        home = Home(load_settings())
        truth_file = home.settings.data / "sample_truth.json"
        write_sample(home.settings.inbox, truth_file)
        run = subprocess.run(RUN, capture_output=True, text=True, check=False)
    return SampleWeek(home, json.loads(truth_file.read_text()), run)
