"""Homes of the example project; dbt's reading of it, which costs seconds, is kept for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from example import Example, MakeExample, example

from healthcare_elt.pipeline.home import Home


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.fixture
def make_example(
    examples: Path, open_emptied: Callable[[Path, pytest.MonkeyPatch], Home], monkeypatch: pytest.MonkeyPatch
) -> MakeExample:
    """`make_example(name)`: an empty home; the same name is the same folder, emptied."""

    def make(name: str = "emptied") -> Example:
        return example(open_emptied(examples / name, monkeypatch), examples / f"{name}_project", monkeypatch)

    return make
