"""The product's judge, rendered in a home of its own that is gone afterwards."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from judged import Judge
from shifts import TABLES

from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import HOME_VARIABLE, load_settings


def product_judge() -> Judge:
    with TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder
        return judge_of(Home(load_settings()))


def judge_of(home: Home) -> Judge:
    from rendered_sql import renderer

    with home.warehouse() as warehouse:
        warehouse.prepare(home.contracts)
    names = [("icon_health", table) for table in TABLES]
    return Judge.of(Path(home.settings.dbt_project), renderer(home.settings), names)
