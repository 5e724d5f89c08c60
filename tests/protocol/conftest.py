"""Homes of the example project; dbt's reading of it, which costs a second, is kept between tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from example import Example, MakeExample, example

from healthcare_elt.pipeline.home import Home


@pytest.fixture
def make_example(emptied_home: Callable[..., Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeExample:
    """`make_example(name)`: an empty home; the same name is the same folder, emptied."""

    def make(name: str = "emptied") -> Example:
        return example(emptied_home(name), tmp_path / name, monkeypatch)

    return make
