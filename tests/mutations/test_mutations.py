"""The mutation check itself: every mutation still applies, and one is caught; `make mutations` checks them all."""

from __future__ import annotations

from pathlib import Path

import pytest
from check import CAUGHT, check, copy
from mutations import HISTORY_SQL, MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_applies_to_the_macros_as_they_are(mutation: Mutation, tmp_path: Path) -> None:
    copy(mutation, tmp_path)
    assert mutation.instead in (tmp_path / "dbt_project" / "macros" / mutation.file).read_text()


def test_a_mutation_whose_text_is_gone_is_an_error(tmp_path: Path) -> None:
    gone = Mutation("gone", "history/history.sql", "no such text", "", HISTORY_SQL)
    with pytest.raises(ValueError, match=r"'gone' no longer applies: its text is 0 times in history/history\.sql"):
        copy(gone, tmp_path)


def test_the_first_mutation_is_caught() -> None:
    assert check(MUTATIONS[0]) == CAUGHT
