"""docs/csv.md says what the tests hold."""

from __future__ import annotations

from doc_table import DOC, document
from pollutions import ALL


def test_the_document_tells_the_outcome_of_every_pollution() -> None:
    assert DOC.read_text("utf-8") == document(), "run .venv/bin/python tests/robustness/doc_table.py"


def test_the_document_says_how_many_pollutions_there_are() -> None:
    assert f"{len(ALL)} files" in DOC.read_text("utf-8")


def test_no_two_pollutions_are_the_same() -> None:
    assert len({pollution.name for pollution in ALL}) == len(ALL)
    assert len({(pollution.content, pollution.suffix) for pollution in ALL}) == len(ALL)
