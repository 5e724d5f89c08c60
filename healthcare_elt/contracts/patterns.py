"""Regular expressions of a contract: what may be written so that the warehouse can read it.

Here belongs that question alone. The patterns of named formats are in `formats`.
"""

from __future__ import annotations

from typing import Any


def require_pattern(rule: str, text: Any) -> None:
    """
    Args:
        rule: whose pattern it is, as the contract calls it.

    Raises:
        ValueError: with a sentence, if it is none that DuckDB reads (RE2, which never looks around or back).
    """
    import duckdb

    if not isinstance(text, str):
        raise ValueError(f"{rule} is {text!r} and must be a text; write it in quotes")
    try:
        duckdb.execute("select regexp_full_match('', ?)", [text])
    except duckdb.Error:
        raise ValueError(
            f"{rule} is no regular expression that the warehouse reads (such as one with (?=, (?! or \\1); correct it"
        ) from None
